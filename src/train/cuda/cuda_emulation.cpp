#include "train/cuda/cuda_emulation.h"

#include <ucontext.h>

#include <algorithm>
#include <array>
#include <bit>
#include <csetjmp>
#include <cstring>
#include <memory>
#include <numeric>
#include <random>
#include <vector>

#include "base/error.h"

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/common_interface_defs.h>
#endif

namespace pno::train::cuda {
namespace emulation {
namespace {

constexpr std::size_t kStackBytes = 256 << 10;

struct Copy {
  void* shared;
  const void* global;  // null: zeros
};

// A thread of the block, on a stack of its own. Contexts begin with ucontext, and switch with
// setjmp, which makes no system call: 20 ns where swapcontext takes 500.
struct Fiber {
  std::unique_ptr<char[]> stack;
  ucontext_t begin{};
  std::jmp_buf at{};
  bool has_begun = false;
  std::vector<Copy> copies;  // asynchronous, late
};

struct Warp {
  std::array<void*, kWarpLanes> shares{};
  std::vector<int> ready;    // lanes that can go on, in the order they do
  std::vector<int> waiting;  // at the barrier
  int arrived = 0;           // lanes in the instruction
  Instruction instruction = nullptr;
  int ended = 0;
};

class Block {
 public:
  Block(const std::function<void()>& kernel, int threads, int shared_bytes, std::mt19937_64& random)
      : kernel_(kernel),
        shared_bytes_(static_cast<std::size_t>(shared_bytes)),
        fibers_(static_cast<std::size_t>(threads)),
        warps_(static_cast<std::size_t>(threads / kWarpLanes)),
        random_(random) {
    PNO_CHECK(threads % kWarpLanes == 0, "whole warps");
    for (auto& fiber : fibers_) fiber.stack = std::make_unique_for_overwrite<char[]>(kStackBytes);
  }

  void run(int index) {
    index_ = index;
    // Of exactly this size, so that the address sanitizer sees what lies outside.
    shared_ = static_cast<unsigned char*>(::operator new (shared_bytes_, std::align_val_t{128}));
    std::memset(shared_, 0xFF, shared_bytes_);  // NaN as bf16 and as float
    for (auto& fiber : fibers_) fiber.has_begun = false;
    for (auto& warp : warps_) {
      warp = {};
      warp.ready.resize(kWarpLanes);
      std::iota(warp.ready.begin(), warp.ready.end(), 0);
    }
    while (auto* const warp = next_warp()) run_warp(*warp);
    for (const auto& warp : warps_) {
      PNO_CHECK(warp.ended == kWarpLanes, "a thread waits for a barrier that others do not reach");
    }
    ::operator delete (shared_, std::align_val_t{128});
  }

  int thread() const { return thread_; }
  int index() const { return index_; }
  unsigned char* shared() const { return shared_; }
  Fiber& fiber() { return fibers_[static_cast<std::size_t>(thread_)]; }

  void sync_block() {
    warp().waiting.push_back(thread_ % kWarpLanes);
    ++waiting_;
    if (waiting_ == fibers_.size()) {
      waiting_ = 0;
      for (auto& each : warps_) {
        PNO_CHECK(each.arrived == 0, "a barrier while lanes are in an instruction");
        each.ready = std::exchange(each.waiting, {});
        std::sort(each.ready.begin(), each.ready.end());
      }
    }
    suspend();
  }

  void meet(Instruction instruction, void* share) {
    Warp& here = warp();
    PNO_CHECK(here.arrived == 0 || here.instruction == instruction,
              "lanes of a warp in different instructions");
    here.instruction = instruction;
    here.shares[static_cast<std::size_t>(thread_ % kWarpLanes)] = share;
    if (++here.arrived == kWarpLanes) {
      here.arrived = 0;
      instruction(reinterpret_cast<void* const(&)[kWarpLanes]>(*here.shares.data()));
      here.ready.resize(kWarpLanes);
      std::iota(here.ready.begin(), here.ready.end(), 0);
    }
    suspend();
  }

 private:
  Warp& warp() { return warps_[static_cast<std::size_t>(thread_ / kWarpLanes)]; }

  // One that can go on: the first or the last of them until it cannot, or any, anew each time.
  Warp* next_warp() {
    std::vector<Warp*> ready;
    for (auto& each : warps_) {
      if (!each.ready.empty()) ready.push_back(&each);
    }
    if (ready.empty()) return nullptr;
    switch (settings().order) {
      case Order::ascending:
        return ready.front();
      case Order::descending:
        return ready.back();
      default:
        return ready[random_() % ready.size()];
    }
  }

  void run_warp(Warp& of) {
    const auto lanes = std::exchange(of.ready, {});
    const auto first = static_cast<int>(&of - warps_.data()) * kWarpLanes;
    for (const int lane : lanes) {
      thread_ = first + lane;
      resume();
    }
  }

  static void enter(unsigned high, unsigned low) {
    auto* const block = reinterpret_cast<Block*>(std::uintptr_t{high} << 32 | low);
    block->entered(nullptr);
    block->kernel_();
    ++block->warp().ended;
    block->leave(/*for_good=*/true);
  }

  void resume() {
    Fiber& to = fiber();
    starting(to);
    if (_setjmp(scheduler_) == 0) {
      if (to.has_begun) _longjmp(to.at, 1);
      to.has_begun = true;
      ::getcontext(&to.begin);
      to.begin.uc_stack.ss_sp = to.stack.get();
      to.begin.uc_stack.ss_size = kStackBytes;
      const auto address = reinterpret_cast<std::uintptr_t>(this);
      ::makecontext(&to.begin, reinterpret_cast<void (*)()>(&enter), 2,
                    static_cast<unsigned>(address >> 32), static_cast<unsigned>(address));
      ::setcontext(&to.begin);
    }
    finished();
  }
  void suspend() {
    void* volatile fake_stack = nullptr;
    Fiber& from = fiber();
    if (_setjmp(from.at) == 0) leave(false, const_cast<void**>(&fake_stack));
    entered(fake_stack);
  }
  [[noreturn]] void leave(bool for_good, void** fake_stack = nullptr) {
    leaving(for_good ? nullptr : fake_stack);
    _longjmp(scheduler_, 1);
  }

  // The address sanitizer must know of every change of stacks.
#if defined(__SANITIZE_ADDRESS__)
  void starting(Fiber& to) {
    __sanitizer_start_switch_fiber(&scheduler_fake_, to.stack.get(), kStackBytes);
  }
  void finished() {
    __sanitizer_finish_switch_fiber(scheduler_fake_, nullptr, nullptr);
  }
  void entered(void* fake) {
    __sanitizer_finish_switch_fiber(fake, &scheduler_bottom_, &scheduler_bytes_);
  }
  void leaving(void** fake) {
    __sanitizer_start_switch_fiber(fake, scheduler_bottom_, scheduler_bytes_);
  }
  void* scheduler_fake_ = nullptr;
  const void* scheduler_bottom_ = nullptr;
  std::size_t scheduler_bytes_ = 0;
#else
  void starting(Fiber&) {}
  void finished() {}
  void entered(void*) {}
  void leaving(void**) {}
#endif

  const std::function<void()>& kernel_;
  std::size_t shared_bytes_;
  std::vector<Fiber> fibers_;
  std::vector<Warp> warps_;
  std::mt19937_64& random_;
  std::jmp_buf scheduler_{};
  unsigned char* shared_ = nullptr;
  int index_ = 0, thread_ = 0;
  std::size_t waiting_ = 0;  // threads at the barrier
};

Block* running = nullptr;

void do_copy(const Copy& copy) {
  constexpr std::size_t kBytes = 16;
  if (copy.global != nullptr) {
    std::memcpy(copy.shared, copy.global, kBytes);
  } else {
    std::memset(copy.shared, 0, kBytes);
  }
}

}  // namespace

Settings& settings() {
  static Settings current;
  return current;
}

int thread_index() {
  return running->thread();
}
int block_index() {
  return running->index();
}
unsigned char* shared_memory() {
  return running->shared();
}
void sync_block() {
  running->sync_block();
}
void meet(Instruction instruction, void* share) {
  running->meet(instruction, share);
}

void copy_async(void* shared, const void* global, bool is_there) {
  PNO_CHECK(reinterpret_cast<std::uintptr_t>(shared) % 16 == 0 &&
                reinterpret_cast<std::uintptr_t>(global) % 16 == 0,
            "copies of 16 bytes are aligned to as many");
  const Copy copy{shared, is_there ? global : nullptr};
  if (settings().late_copies) {
    running->fiber().copies.push_back(copy);
  } else {
    do_copy(copy);
  }
}
void wait_for_copies() {
  auto& copies = running->fiber().copies;
  for (const auto& copy : copies) do_copy(copy);
  copies.clear();
}

void run(const std::function<void()>& kernel, long long blocks, int threads, int shared_bytes) {
  std::mt19937_64 random(settings().seed);
  Block block(kernel, threads, shared_bytes, random);
  running = &block;
  std::vector<int> order(static_cast<std::size_t>(blocks));
  std::iota(order.begin(), order.end(), 0);
  if (settings().order == Order::descending) std::reverse(order.begin(), order.end());
  if (settings().order == Order::shuffled) std::shuffle(order.begin(), order.end(), random);
  for (const int index : order) block.run(index);
  running = nullptr;
}

}  // namespace emulation

namespace {

// The arguments of a lane, by name.
struct ShuffleShare {
  float value, result;
  int from;
};
struct MatrixShare {
  const Bf16* row;
  std::uint32_t* r;  // 4
};
struct ProductShare {
  float* c;                    // 4
  const std::uint32_t *a, *b;  // 4, 2
};

template <class Share>
Share& share_of(void* const (&shares)[kWarpLanes], int lane) {
  return *static_cast<Share*>(shares[lane]);
}

float half_of(std::uint32_t pair, int which) {
  return to_float(Bf16{static_cast<std::uint16_t>(pair >> (16 * which))});
}

std::uint32_t pair_of(Bf16 low, Bf16 high) {
  return low.bits | static_cast<std::uint32_t>(high.bits) << 16;
}

void shuffle_lanes(void* const (&shares)[kWarpLanes]) {
  for (int lane = 0; lane < kWarpLanes; ++lane) {
    auto& to = share_of<ShuffleShare>(shares, lane);
    to.result = share_of<ShuffleShare>(shares, to.from).value;
  }
}

// PTX ISA, ldmatrix: lanes 8m … 8m + 7 name the rows of matrix m.
template <bool kTransposed>
void load_lanes(void* const (&shares)[kWarpLanes]) {
  for (int matrix = 0; matrix < 4; ++matrix) {
    const auto element = [&](int row, int column) {
      const Bf16* const memory = share_of<MatrixShare>(shares, 8 * matrix + row).row;
      PNO_CHECK(reinterpret_cast<std::uintptr_t>(memory) % 16 == 0, "rows begin at 16 bytes");
      return memory[column];
    };
    for (int lane = 0; lane < kWarpLanes; ++lane) {
      const int group = lane / 4, first = lane % 4 * 2;
      share_of<MatrixShare>(shares, lane).r[matrix] =
          kTransposed ? pair_of(element(first, group), element(first + 1, group))
                      : pair_of(element(group, first), element(group, first + 1));
    }
  }
}

// PTX ISA, mma.m16n8k16 with bf16 operands: which lane holds which element.
void multiply_lanes(void* const (&shares)[kWarpLanes]) {
  float a[16][16], b[16][8];
  for (int lane = 0; lane < kWarpLanes; ++lane) {
    const auto& share = share_of<ProductShare>(shares, lane);
    const int group = lane / 4, first = lane % 4 * 2;
    for (int e = 0; e < 2; ++e) {
      a[group][first + e] = half_of(share.a[0], e);
      a[group + 8][first + e] = half_of(share.a[1], e);
      a[group][first + 8 + e] = half_of(share.a[2], e);
      a[group + 8][first + 8 + e] = half_of(share.a[3], e);
      b[first + e][group] = half_of(share.b[0], e);
      b[first + 8 + e][group] = half_of(share.b[1], e);
    }
  }
  float c[16][8] = {};
  for (int row = 0; row < 16; ++row) {
    for (int k = 0; k < 16; ++k) {
      for (int column = 0; column < 8; ++column) c[row][column] += a[row][k] * b[k][column];
    }
  }
  for (int lane = 0; lane < kWarpLanes; ++lane) {
    float* const to = share_of<ProductShare>(shares, lane).c;
    for (int e = 0; e < 4; ++e) to[e] += c[lane / 4 + e / 2 * 8][lane % 4 * 2 + e % 2];
  }
}

void only_meet(void* const (&)[kWarpLanes]) {}

}  // namespace

void sync_warp() {
  emulation::meet(only_meet, nullptr);
}
float shuffle(float value, int from_lane) {
  PNO_CHECK(from_lane >= 0 && from_lane < kWarpLanes, "a lane");
  ShuffleShare share{value, 0, from_lane};
  emulation::meet(shuffle_lanes, &share);
  return share.result;
}
float shuffle_xor(float value, int mask) {
  return shuffle(value, (emulation::thread_index() % kWarpLanes) ^ mask);
}

// Round to nearest, ties to even; NaN stays NaN.
static std::uint32_t rounded(float x) {
  const auto bits = std::bit_cast<std::uint32_t>(x);
  if (std::isnan(x)) return 0x7FFF;
  return (bits + 0x7FFF + (bits >> 16 & 1)) >> 16;
}
std::uint32_t pack_bf16(float low, float high) {
  return rounded(low) | rounded(high) << 16;
}
float to_float(Bf16 x) {
  return std::bit_cast<float>(static_cast<std::uint32_t>(x.bits) << 16);
}

void load_matrices(std::uint32_t (&r)[4], const Bf16* row) {
  MatrixShare share{row, r};
  emulation::meet(load_lanes<false>, &share);
}
void load_matrices_transposed(std::uint32_t (&r)[4], const Bf16* row) {
  MatrixShare share{row, r};
  emulation::meet(load_lanes<true>, &share);
}
void multiply_add(float (&c)[4], const std::uint32_t (&a)[4], const std::uint32_t (&b)[2]) {
  ProductShare share{c, a, b};
  emulation::meet(multiply_lanes, &share);
}

const char* fill_zeros(void* memory, std::size_t bytes, void* /*stream*/) {
  std::memset(memory, 0, bytes);
  return nullptr;
}

}  // namespace pno::train::cuda
