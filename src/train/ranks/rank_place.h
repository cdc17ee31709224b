#pragma once

// Which of several processes this one is, by the environment variables of whatever started them:
//
//   torchrun, Kubernetes' PyTorchJob   RANK WORLD_SIZE LOCAL_RANK MASTER_ADDR MASTER_PORT
//   mpirun of Open MPI                 OMPI_COMM_WORLD_RANK, …_SIZE, …_LOCAL_RANK, …_LOCAL_SIZE
//   mpirun of MPICH and its kin        PMI_RANK PMI_SIZE MPI_LOCALRANKID MPI_LOCALNRANKS
//   srun of Slurm                      SLURM_PROCID SLURM_NTASKS SLURM_LOCALID SLURM_JOB_NODELIST
//
// The first of these that is there counts: srun may start mpirun, and either may start torchrun.
// MASTER_ADDR and MASTER_PORT hold for all of them, where they are set.

#include <functional>
#include <optional>
#include <string>

#include "base/error.h"
#include "train/rank_options.h"

namespace pno::train {

// The value of a variable; nothing where it is not set.
using Environment = std::function<std::optional<std::string>(const char* name)>;

// Without any of the variables of a rank: one process alone. Half of them, or a value that is no
// such number, is an Error of kind usage.
Expected<RankPlace> rank_place(const Environment& environment);
Expected<RankPlace> rank_place();  // by this process's environment

// "gpu[03-05,9],cpu1" → "gpu03": the first name of a list of nodes as Slurm writes it.
std::string first_node(const std::string& list);

}  // namespace pno::train
