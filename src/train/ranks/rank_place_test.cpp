#include "train/ranks/rank_place.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

namespace pno::train {
namespace {

using testing::HasSubstr;
using Set = std::map<std::string, std::string>;

Expected<RankPlace> place(const Set& set) {
  return rank_place([&](const char* name) -> std::optional<std::string> {
    const auto found = set.find(name);
    if (found == set.end()) return std::nullopt;
    return found->second;
  });
}

void expect_place(const Set& set, const RankPlace& wanted) {
  const auto found = place(set);
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_EQ(found->rank, wanted.rank);
  EXPECT_EQ(found->size, wanted.size);
  EXPECT_EQ(found->local_rank, wanted.local_rank);
  EXPECT_EQ(found->address, wanted.address);
  EXPECT_EQ(found->port, wanted.port);
  EXPECT_EQ(found->launcher_has_store, wanted.launcher_has_store);
  EXPECT_EQ(found->restart, wanted.restart);
}

void expect_failure(const Set& set, const std::string& what) {
  const auto found = place(set);
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().kind, Error::Kind::usage);
  EXPECT_THAT(found.error().message, HasSubstr(what));
}

const Set kTorchrun = {{"RANK", "5"},        {"WORLD_SIZE", "8"},         {"LOCAL_RANK", "1"},
                       {"MASTER_PORT", "7"}, {"MASTER_ADDR", "10.0.0.7"}, {"GROUP_RANK", "1"}};

Set with(Set set, const std::string& name, const std::string& value) {
  set[name] = value;
  return set;
}
Set without(Set set, const std::string& name) {
  set.erase(name);
  return set;
}

TEST(RankPlace, APlainStartIsTheOnlyRank) {
  expect_place({}, {});
  expect_place({{"HOME", "/root"}, {"MASTER_ADDR", "node1"}, {"LOCAL_RANK", "0"}}, {});
  expect_place({{"RANK", ""}, {"WORLD_SIZE", ""}}, {});
  expect_place({{"RANK", "0"}, {"WORLD_SIZE", "1"}}, {});
}

TEST(RankPlace, ReadsTorchrun) {
  expect_place(kTorchrun,
               {.rank = 5, .size = 8, .local_rank = 1, .address = "10.0.0.7", .port = 7});
  expect_place(with(with(kTorchrun, "TORCHELASTIC_USE_AGENT_STORE", "True"),
                    "TORCHELASTIC_RESTART_COUNT", "2"),
               {.rank = 5,
                .size = 8,
                .local_rank = 1,
                .address = "10.0.0.7",
                .port = 7,
                .launcher_has_store = true,
                .restart = 2});
  EXPECT_FALSE(place(with(kTorchrun, "TORCHELASTIC_USE_AGENT_STORE", "False"))->launcher_has_store);
}

// A pod for each process; none has a local rank.
TEST(RankPlace, ReadsAPyTorchJob) {
  expect_place({{"RANK", "1"},
                {"WORLD_SIZE", "3"},
                {"MASTER_ADDR", "pno-master-0"},
                {"MASTER_PORT", "23456"},
                {"PYTHONUNBUFFERED", "1"}},
               {.rank = 1, .size = 3, .address = "pno-master-0", .port = 23456});
}

TEST(RankPlace, ReadsMpirun) {
  const Set local = {{"OMPI_COMM_WORLD_RANK", "1"},
                     {"OMPI_COMM_WORLD_SIZE", "2"},
                     {"OMPI_COMM_WORLD_LOCAL_RANK", "1"},
                     {"OMPI_COMM_WORLD_LOCAL_SIZE", "2"}};
  expect_place(local, {.rank = 1, .size = 2, .local_rank = 1});
  const auto spread = with(local, "OMPI_COMM_WORLD_LOCAL_SIZE", "1");
  expect_failure(spread, "MASTER_ADDR does not say where rank 0 is");
  expect_place(with(spread, "MASTER_ADDR", "node1"),
               {.rank = 1, .size = 2, .local_rank = 1, .address = "node1"});
  // In an allocation of Slurm, whose variables are those of mpirun's own start.
  expect_place(with(with(with(spread, "SLURM_PROCID", "0"), "SLURM_NTASKS", "2"),
                    "SLURM_JOB_NODELIST", "tux[4-5]"),
               {.rank = 1, .size = 2, .local_rank = 1, .address = "tux4"});
  expect_place(
      {{"PMI_RANK", "2"}, {"PMI_SIZE", "4"}, {"MPI_LOCALRANKID", "2"}, {"MPI_LOCALNRANKS", "4"}},
      {.rank = 2, .size = 4, .local_rank = 2});
}

const Set kSrun = {{"SLURM_PROCID", "3"},
                   {"SLURM_NTASKS", "4"},
                   {"SLURM_LOCALID", "1"},
                   {"SLURM_STEP_ID", "0"},
                   {"SLURM_JOB_ID", "1234567"},
                   {"SLURM_NODEID", "1"},
                   {"SLURM_JOB_NODELIST", "gpu[03-05,9],cpu1"}};

TEST(RankPlace, ReadsSrun) {
  constexpr int kPort = 20000 + 1234567 % 12000;
  expect_place(kSrun, {.rank = 3, .size = 4, .local_rank = 1, .address = "gpu03", .port = kPort});
  expect_place(with(kSrun, "SLURM_STEP_NODELIST", "gpu[04-05]"),
               {.rank = 3, .size = 4, .local_rank = 1, .address = "gpu04", .port = kPort});
  expect_place(with(with(kSrun, "MASTER_ADDR", "head"), "MASTER_PORT", "99"),
               {.rank = 3, .size = 4, .local_rank = 1, .address = "head", .port = 99});
}

// The script of sbatch is not started by srun: it must not wait for tasks that never start.
TEST(RankPlace, AJobOfSlurmWithoutSrunIsAnError) {
  const auto batch = without(with(kSrun, "SLURM_PROCID", "0"), "SLURM_STEP_ID");
  expect_failure(batch, "put srun before pno");
  expect_place(with(batch, "SLURM_NTASKS", "1"), {});
  expect_place(without(batch, "SLURM_NTASKS"), {});
  expect_place(without(batch, "SLURM_PROCID"), {});  // the shell of salloc
}

TEST(RankPlace, MissingOrWrongVariablesAreErrors) {
  expect_failure(without(kTorchrun, "WORLD_SIZE"), "RANK is set and WORLD_SIZE is not");
  expect_failure(without(kTorchrun, "RANK"), "WORLD_SIZE is set and RANK is not");
  expect_failure(without(kTorchrun, "MASTER_ADDR"), "MASTER_ADDR");
  expect_failure(with(kTorchrun, "RANK", "8"), "RANK is 8 and WORLD_SIZE is 8");
  for (const auto* rank : {"-1", "one", "1.5", "0x1", " 1", "99999999999999999999"}) {
    expect_failure(with(kTorchrun, "RANK", rank), "RANK is '" + std::string(rank));
  }
  expect_failure(with(kTorchrun, "WORLD_SIZE", "0"), "WORLD_SIZE is '0'");
  expect_failure(with(kTorchrun, "MASTER_PORT", "65536"), "MASTER_PORT is '65536'");
  expect_failure(with(kTorchrun, "LOCAL_RANK", "x"), "LOCAL_RANK is 'x'");
  expect_failure({{"OMPI_COMM_WORLD_RANK", "1"}}, "OMPI_COMM_WORLD_SIZE is not");
  expect_failure(without(kSrun, "SLURM_NTASKS"), "SLURM_NTASKS is not");
}

TEST(RankPlace, TheFirstNodeOfAList) {
  for (const auto& [list, first] : Set{{"node1", "node1"},
                                       {"a,b", "a"},
                                       {"n[1-3]", "n1"},
                                       {"n[007,9]", "n007"},
                                       {"rack[2-3]n[08-09].x,y", "rack2n08.x"},
                                       {"n[5]", "n5"},
                                       {"", ""}}) {
    EXPECT_EQ(first_node(list), first) << list;
  }
}

}  // namespace
}  // namespace pno::train
