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

// A thread of the block, with its own stack. ucontext creates the contexts; setjmp switches between
// them without a system call: 20 ns instead of 500 ns for swapcontext.
struct Fiber {
  std::unique_ptr<char[]> stack;
  ucontext_t begin{};
  std::jmp_buf at{};
  bool has_begun = false;
  std::vector<Copy> copies;  // asynchronous copies that were not done yet
};

struct Warp {
  std::array<void*, kWarpLanes> operands{};  // of each lane
  std::vector<int> ready;                    // lanes that can run, in the order they run
  std::vector<int> waiting;                  // lanes at the barrier
  int arrived = 0;                           // lanes at the instruction
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
    PNO_CHECK(threads % kWarpLanes == 0, "a block has full warps");
    for (auto& fiber : fibers_) fiber.stack = std::make_unique_for_overwrite<char[]>(kStackBytes);
  }

  void run(int index) {
    index_ = index;
    // Of exactly this size, so that the address sanitizer detects accesses outside.
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
        PNO_CHECK(each.arrived == 0, "a warp reached a barrier while lanes were in an instruction");
        each.ready = std::exchange(each.waiting, {});
        std::sort(each.ready.begin(), each.ready.end());
      }
    }
    suspend();
  }

  void meet(Instruction instruction, void* operands) {
    Warp& here = warp();
    PNO_CHECK(here.arrived == 0 || here.instruction == instruction,
              "lanes of a warp are in different instructions");
    here.instruction = instruction;
    here.operands[static_cast<std::size_t>(thread_ % kWarpLanes)] = operands;
    if (++here.arrived == kWarpLanes) {
      here.arrived = 0;
      instruction(reinterpret_cast<void* const(&)[kWarpLanes]>(*here.operands.data()));
      here.ready.resize(kWarpLanes);
      std::iota(here.ready.begin(), here.ready.end(), 0);
    }
    suspend();
  }

 private:
  Warp& warp() { return warps_[static_cast<std::size_t>(thread_ / kWarpLanes)]; }

  // A warp with lanes that can run: the first, the last, or a random one. Null if there is none.
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
    block->end_fiber();
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
    if (_setjmp(from.at) == 0) leave(const_cast<void**>(&fake_stack));
    entered(fake_stack);
  }
  [[noreturn]] void end_fiber() { leave(/*fake_stack=*/nullptr); }
  [[noreturn]] void leave(void** fake_stack) {
    leaving(fake_stack);
    _longjmp(scheduler_, 1);
  }

  // The address sanitizer needs to know every switch of stacks. A null fake stack ends the fiber.
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
void meet(Instruction instruction, void* operands) {
  running->meet(instruction, operands);
}

void copy_async(void* shared, const void* global, bool exists) {
  PNO_CHECK(reinterpret_cast<std::uintptr_t>(shared) % 16 == 0 &&
                reinterpret_cast<std::uintptr_t>(global) % 16 == 0,
            "asynchronous copies are aligned to 16 bytes");
  const Copy copy{shared, exists ? global : nullptr};
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

// One lane's operands of each instruction.
struct ShuffleOperands {
  float value, result;
  int from;
};
struct LoadOperands {
  const Bf16* row;
  std::uint32_t* r;  // [4]
};
struct ProductOperands {
  float* c;                    // [4]
  const std::uint32_t *a, *b;  // [4], [2]
};

template <class Operands>
Operands& operands_of(void* const (&operands)[kWarpLanes], int lane) {
  return *static_cast<Operands*>(operands[lane]);
}

float half_of(std::uint32_t pair, int which) {
  return to_float(Bf16{static_cast<std::uint16_t>(pair >> (16 * which))});
}

std::uint32_t pair_of(Bf16 low, Bf16 high) {
  return low.bits | static_cast<std::uint32_t>(high.bits) << 16;
}

void shuffle_lanes(void* const (&operands)[kWarpLanes]) {
  for (int lane = 0; lane < kWarpLanes; ++lane) {
    auto& to = operands_of<ShuffleOperands>(operands, lane);
    to.result = operands_of<ShuffleOperands>(operands, to.from).value;
  }
}

// PTX ISA, ldmatrix: lanes 8m … 8m + 7 pass the addresses of the rows of matrix m.
template <bool kTransposed>
void load_lanes(void* const (&operands)[kWarpLanes]) {
  for (int matrix = 0; matrix < 4; ++matrix) {
    const auto element = [&](int row, int column) {
      const Bf16* const memory = operands_of<LoadOperands>(operands, 8 * matrix + row).row;
      PNO_CHECK(reinterpret_cast<std::uintptr_t>(memory) % 16 == 0, "rows are aligned to 16 bytes");
      return memory[column];
    };
    for (int lane = 0; lane < kWarpLanes; ++lane) {
      const int group = lane / 4, first = lane % 4 * 2;
      operands_of<LoadOperands>(operands, lane).r[matrix] =
          kTransposed ? pair_of(element(first, group), element(first + 1, group))
                      : pair_of(element(group, first), element(group, first + 1));
    }
  }
}

// PTX ISA, mma.m16n8k16 with bf16 operands: the elements of each lane.
void multiply_lanes(void* const (&operands)[kWarpLanes]) {
  float a[16][16], b[16][8];
  for (int lane = 0; lane < kWarpLanes; ++lane) {
    const auto& lane_operands = operands_of<ProductOperands>(operands, lane);
    const int group = lane / 4, first = lane % 4 * 2;
    for (int e = 0; e < 2; ++e) {
      a[group][first + e] = half_of(lane_operands.a[0], e);
      a[group + 8][first + e] = half_of(lane_operands.a[1], e);
      a[group][first + 8 + e] = half_of(lane_operands.a[2], e);
      a[group + 8][first + 8 + e] = half_of(lane_operands.a[3], e);
      b[first + e][group] = half_of(lane_operands.b[0], e);
      b[first + 8 + e][group] = half_of(lane_operands.b[1], e);
    }
  }
  float c[16][8] = {};
  for (int row = 0; row < 16; ++row) {
    for (int k = 0; k < 16; ++k) {
      for (int column = 0; column < 8; ++column) c[row][column] += a[row][k] * b[k][column];
    }
  }
  for (int lane = 0; lane < kWarpLanes; ++lane) {
    float* const to = operands_of<ProductOperands>(operands, lane).c;
    for (int e = 0; e < 4; ++e) to[e] += c[lane / 4 + e / 2 * 8][lane % 4 * 2 + e % 2];
  }
}

void only_meet(void* const (&)[kWarpLanes]) {}

}  // namespace

void sync_warp() {
  emulation::meet(only_meet, /*operands=*/nullptr);
}
float shuffle(float value, int from_lane) {
  PNO_CHECK(from_lane >= 0 && from_lane < kWarpLanes, "shuffle reads from a lane of the warp");
  ShuffleOperands operands{value, 0, from_lane};
  emulation::meet(shuffle_lanes, &operands);
  return operands.result;
}
float shuffle_xor(float value, int mask) {
  return shuffle(value, (emulation::thread_index() % kWarpLanes) ^ mask);
}

// The bits of x, rounded to the nearest bf16, ties to even; NaN stays NaN.
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
  LoadOperands operands{row, r};
  emulation::meet(load_lanes</*kTransposed=*/false>, &operands);
}
void load_matrices_transposed(std::uint32_t (&r)[4], const Bf16* row) {
  LoadOperands operands{row, r};
  emulation::meet(load_lanes</*kTransposed=*/true>, &operands);
}
void multiply_add(float (&c)[4], const std::uint32_t (&a)[4], const std::uint32_t (&b)[2]) {
  ProductOperands operands{c, a, b};
  emulation::meet(multiply_lanes, &operands);
}

const char* fill_zeros(void* memory, std::size_t bytes, void* /*stream*/) {
  std::memset(memory, 0, bytes);
  return nullptr;
}

}  // namespace pno::train::cuda
