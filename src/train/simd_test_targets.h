#pragma once

// Runs a test of a kernel on every SIMD target of this processor. The test's source must be
// compiled for the kernels' targets: see CMakeLists.txt.

#include <gtest/gtest.h>

#include <hwy/targets.h>

namespace pno::train {

template <class Test>
void on_every_simd_target(const Test& test) {
  static const auto kTargets = hwy::SupportedAndGeneratedTargets();  // before any is disabled
  for (const auto target : kTargets) {
    SCOPED_TRACE(hwy::TargetName(target));
    hwy::DisableTargets(~target);
    hwy::GetChosenTarget().Update(target);
    test();
  }
  hwy::DisableTargets(0);
  hwy::GetChosenTarget().Update(hwy::SupportedTargets());
}

}  // namespace pno::train
