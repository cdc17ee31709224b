#include "train/ranks/rank_engine.h"

#include <c10/util/Exception.h>
#include <c10/util/Logging.h>

#include <stdexcept>

namespace pno::train {

std::string words_of(const std::exception& exception) {
  const auto* const own = dynamic_cast<const c10::Error*>(&exception);
  std::string text = own != nullptr ? own->what_without_backtrace() : exception.what();
  text = text.substr(0, text.find('\n'));
  const auto end = text.find("] ");  // Gloo: "[pair.cc:598] Connection closed by peer [10.0.0.7]:9"
  return text.starts_with('[') && end != text.npos ? text.substr(end + 2) : text;
}

}  // namespace pno::train

#if !defined(PNO_HAS_GLOO) && !defined(PNO_HAS_NCCL)

namespace pno::train {

std::string why_no_engine(torch::Device) {
  return "this pno was built without Gloo and NCCL, which several processes need: install their "
         "headers (libgloo-dev, nccl.h) and build it again";
}
std::unique_ptr<RankStore> open_store(const RankPlace&, std::chrono::milliseconds) {
  throw std::runtime_error(why_no_engine(torch::kCPU));
}
std::unique_ptr<RankEngine> connect_engine(const RankStore&, const EngineOptions&) {
  throw std::logic_error("no engine");
}

}  // namespace pno::train

#else

#include <torch/version.h>

#include <fmt/format.h>

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

namespace pno::train {
namespace {

using StorePointer = c10::intrusive_ptr<c10d::Store>;
#if TORCH_VERSION_MAJOR >= 2
using Engine = c10d::Backend;
#else
using Engine = c10d::ProcessGroup;
#endif
using EnginePointer = c10::intrusive_ptr<Engine>;

constexpr int kOnlyFatal = 3;  // the level of c10's log, with glog and without

class C10dStore : public RankStore {
 public:
  explicit C10dStore(StorePointer store) : store_(std::move(store)) {}
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
EnginePointer gloo(const StorePointer& store, const EngineOptions& options) {
  using Gloo = c10d::ProcessGroupGloo;
  auto own = Gloo::Options::create(options.timeout);
  own->threads = 1;  // one sum after the other, in the order in which they were begun
  const char* const interface = std::getenv("GLOO_SOCKET_IFNAME");
  if (interface != nullptr && *interface != '\0') {
    own->devices.push_back(Gloo::createDeviceForInterface(interface));
  } else if (options.is_one_machine) {
    own->devices.push_back(Gloo::createDeviceForHostname("127.0.0.1"));
  } else {
    own->devices.push_back(Gloo::createDefaultDevice());
  }
  return c10::make_intrusive<Gloo>(store, options.place.rank, options.place.size, own);
}
#endif

#ifdef PNO_HAS_NCCL
EnginePointer nccl(const StorePointer& store, const EngineOptions& options) {
  // Work::wait() then waits on the CPU and throws if a sum fails or takes longer than the timeout.
  // By default a thread of c10d ends the process instead.
  ::setenv("NCCL_BLOCKING_WAIT", "1", /*overwrite=*/1);
  ::setenv("TORCH_NCCL_BLOCKING_WAIT", "1", /*overwrite=*/1);
  ::setenv("NCCL_ASYNC_ERROR_HANDLING", "0", /*overwrite=*/1);
  ::setenv("TORCH_NCCL_ASYNC_ERROR_HANDLING", "0", /*overwrite=*/1);
  auto own = c10d::ProcessGroupNCCL::Options::create();
  own->timeout = options.timeout;
  return c10::make_intrusive<c10d::ProcessGroupNCCL>(store, options.place.rank, options.place.size,
                                                     own);
}
#endif

// LibTorch 2.4 and later use libuv by default, which not every build contains; the store without it
// is in all of them.
template <class Options>
void disable_libuv(Options& options) {
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

std::unique_ptr<RankStore> open_store(const RankPlace& place, std::chrono::milliseconds timeout) {
  // c10d's errors are thrown here, and reported once, by the caller: not also in its log.
  FLAGS_caffe2_log_level = kOnlyFatal;
  c10d::TCPStoreOptions options;
  options.port = static_cast<std::uint16_t>(place.port);
  options.isServer = place.rank == 0 && !place.launcher_has_store;
  options.waitWorkers = false;
  options.timeout = timeout;
  disable_libuv(options);
  // The server connects through the loopback, independent of DNS.
  const auto store =
      c10::make_intrusive<c10d::TCPStore>(options.isServer ? "localhost" : place.address, options);
  return std::make_unique<C10dStore>(
      c10::make_intrusive<c10d::PrefixStore>(fmt::format("pno/{}", place.restart), store));
}

std::unique_ptr<RankEngine> connect_engine(const RankStore& store, const EngineOptions& options) {
  const auto own = c10::make_intrusive<c10d::PrefixStore>(
      "engine", dynamic_cast<const C10dStore&>(store).store());
  own->setTimeout(options.timeout);
#ifdef PNO_HAS_NCCL
  if (options.device.is_cuda()) return std::make_unique<C10dEngine>(nccl(own, options));
#endif
#ifdef PNO_HAS_GLOO
  if (options.device.is_cpu()) return std::make_unique<C10dEngine>(gloo(own, options));
#endif
  throw std::logic_error(why_no_engine(options.device));
}

}  // namespace pno::train

#endif
