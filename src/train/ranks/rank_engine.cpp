#include "train/ranks/rank_engine.h"

#include <c10/util/Exception.h>

#include <stdexcept>

namespace pno::train {

std::string words_of(const std::exception& exception) {
  const auto* const own = dynamic_cast<const c10::Error*>(&exception);
  const std::string text = own != nullptr ? own->what_without_backtrace() : exception.what();
  return text.substr(0, text.find('\n'));
}

}  // namespace pno::train

#if !defined(PNO_HAS_GLOO) && !defined(PNO_HAS_NCCL)

namespace pno::train {

std::string why_no_engine(torch::Device) {
  return "this pno was built without Gloo and NCCL, which several processes need: install their "
         "headers (libgloo-dev, nccl.h) and build it again";
}
std::shared_ptr<RankBoard> open_board(const RankPlace&, bool, std::chrono::milliseconds) {
  throw std::logic_error("no engine");
}
std::shared_ptr<RankEngine> connect_engine(const RankBoard&, const RankPlace&, torch::Device) {
  throw std::logic_error("no engine");
}

}  // namespace pno::train

#else

#include <torch/version.h>

#include <algorithm>
#include <cstdlib>
#include <torch/csrc/distributed/c10d/PrefixStore.hpp>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>
#include <vector>

#ifdef PNO_HAS_GLOO
#include <torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>
#endif
#ifdef PNO_HAS_NCCL
#include <torch/csrc/distributed/c10d/ProcessGroupNCCL.hpp>
#endif

#include "train/ranks/network_address.h"

namespace pno::train {
namespace {

using namespace std::chrono_literals;
using StorePointer = c10::intrusive_ptr<c10d::Store>;
#if TORCH_VERSION_MAJOR >= 2
using Engine = c10d::Backend;
#else
using Engine = c10d::ProcessGroup;
#endif
using EnginePointer = c10::intrusive_ptr<Engine>;

// Of one operation. Who is lost is found by RankWatch, however long a rank computes or writes; this
// ends what even that does not see.
constexpr std::chrono::milliseconds kLongestOperation = 1h;

class StoreBoard : public RankBoard {
 public:
  explicit StoreBoard(StorePointer store) : store_(std::move(store)) {}
  const StorePointer& store() const { return store_; }

  void set(const std::string& key, const std::string& text) override {
    store_->set(key, std::vector<std::uint8_t>(text.begin(), text.end()));
  }
  std::optional<std::string> get(const std::string& key) override {
    if (!store_->check({key})) return std::nullopt;
    const auto bytes = store_->get(key);
    return std::string(bytes.begin(), bytes.end());
  }
  std::int64_t add(const std::string& key, std::int64_t number) override {
    return store_->add(key, number);
  }

 private:
  StorePointer store_;
};

class C10dEngine : public RankEngine {
 public:
  explicit C10dEngine(EnginePointer engine) : engine_(std::move(engine)) {}

  void begin_sum(const torch::Tensor& part) override {
    std::vector<torch::Tensor> tensors = {part};
    begun_.push_back({engine_->allreduce(tensors), part});
  }
  void begin_broadcast(const torch::Tensor& tensor) override {
    std::vector<torch::Tensor> tensors = {tensor};
    begun_.push_back({engine_->broadcast(tensors), tensor});
  }
  bool is_done() override {
    return std::all_of(begun_.begin(), begun_.end(),
                       [](const Begun& one) { return one.work->isCompleted(); });
  }
  void finish() override {
    for (const auto& one : begun_) one.work->wait();
    begun_.clear();
  }

 private:
  struct Begun {
    c10::intrusive_ptr<c10d::Work> work;
    torch::Tensor tensor;  // kept until it is done
  };
  EnginePointer engine_;
  std::vector<Begun> begun_;
};

#ifdef PNO_HAS_GLOO
EnginePointer gloo(const StorePointer& store, const RankPlace& place) {
  using Gloo = c10d::ProcessGroupGloo;
  auto options = Gloo::Options::create(kLongestOperation);
  options->threads = 1;  // one sum after the other, in the order in which they were begun
  const char* const interface = std::getenv("GLOO_SOCKET_IFNAME");
  const auto address = own_address(place.address, place.port);
  if (interface != nullptr && *interface != '\0') {
    options->devices.push_back(Gloo::createDeviceForInterface(interface));
  } else if (!address.empty()) {
    options->devices.push_back(Gloo::createDeviceForHostname(address));
  } else {
    options->devices.push_back(Gloo::createDefaultDevice());
  }
  return c10::make_intrusive<Gloo>(store, place.rank, place.size, options);
}
#endif

#ifdef PNO_HAS_NCCL
EnginePointer nccl(const StorePointer& store, const RankPlace& place) {
  // Work::wait() then waits on the CPU and throws where a sum fails, instead of leaving both to a
  // thread of c10d's that ends the process.
  ::setenv("NCCL_BLOCKING_WAIT", "1", /*overwrite=*/1);
  ::setenv("TORCH_NCCL_BLOCKING_WAIT", "1", /*overwrite=*/1);
  ::setenv("NCCL_ASYNC_ERROR_HANDLING", "0", /*overwrite=*/1);
  ::setenv("TORCH_NCCL_ASYNC_ERROR_HANDLING", "0", /*overwrite=*/1);
  auto options = c10d::ProcessGroupNCCL::Options::create();
  options->timeout = kLongestOperation;
  return c10::make_intrusive<c10d::ProcessGroupNCCL>(store, place.rank, place.size, options);
}
#endif

// From LibTorch 2.4 on c10d asks for libuv, which not every build of it has; the store that does
// without is in all of them.
template <class Options>
void do_without_libuv(Options& options) {
  if constexpr (requires { options.useLibUV; }) options.useLibUV = false;
}

}  // namespace

std::string why_no_engine(torch::Device device) {
#ifndef PNO_HAS_GLOO
  if (device.is_cpu()) {
    return "this pno was built without Gloo, which several processes on CPUs need: install its "
           "headers (libgloo-dev) and build it again";
  }
#endif
#ifndef PNO_HAS_NCCL
  if (device.is_cuda()) {
    return "this pno was built without NCCL, which several GPUs need: install its headers "
           "(nccl.h) and build it again";
  }
#endif
  return device.is_cpu() || device.is_cuda() ? "" : "several processes need CPUs or CUDA devices";
}

std::shared_ptr<RankBoard> open_board(const RankPlace& place, bool keeps_it,
                                      std::chrono::milliseconds timeout) {
  c10d::TCPStoreOptions options;
  options.port = static_cast<std::uint16_t>(place.port);
  options.isServer = keeps_it;
  options.waitWorkers = false;
  options.timeout = timeout;
  do_without_libuv(options);
  // Its keeper reaches it whatever the machine's own name resolves to.
  const bool is_here = place.rank == 0 && !place.launcher_has_store;
  const std::string host = is_here ? "localhost" : place.address;
  const auto why_not =
      keeps_it ? why_no_listening(place.port) : why_no_answer(host, place.port, timeout);
  if (!why_not.empty()) throw std::runtime_error(why_not);
  const auto store = c10::make_intrusive<c10d::TCPStore>(host, options);
  store->setTimeout(kLongestOperation);
  return std::make_shared<StoreBoard>(
      c10::make_intrusive<c10d::PrefixStore>(fmt::format("pno/{}", place.restart), store));
}

std::shared_ptr<RankEngine> connect_engine(const RankBoard& board, const RankPlace& place,
                                           torch::Device device) {
  const auto store = c10::make_intrusive<c10d::PrefixStore>(
      "engine", dynamic_cast<const StoreBoard&>(board).store());
#ifdef PNO_HAS_NCCL
  if (device.is_cuda()) return std::make_shared<C10dEngine>(nccl(store, place));
#endif
#ifdef PNO_HAS_GLOO
  if (device.is_cpu()) return std::make_shared<C10dEngine>(gloo(store, place));
#endif
  throw std::logic_error(why_no_engine(device));
}

}  // namespace pno::train

#endif
