#pragma once

// The rank of this process, from the environment variables of its launcher:
//
//   torchrun, Kubernetes' PyTorchJob   RANK WORLD_SIZE LOCAL_RANK MASTER_ADDR MASTER_PORT
//   mpirun of Open MPI                 OMPI_COMM_WORLD_RANK, …_SIZE, …_LOCAL_RANK, …_LOCAL_SIZE
//   mpirun of MPICH                    PMI_RANK PMI_SIZE MPI_LOCALRANKID MPI_LOCALNRANKS
//   srun of Slurm                      SLURM_PROCID SLURM_NTASKS SLURM_LOCALID SLURM_JOB_NODELIST
//
// The first launcher whose variables are set counts: srun may start mpirun, and either may start
// torchrun. MASTER_ADDR and MASTER_PORT, if set, apply to all of them.

#include <functional>
#include <optional>
#include <string>

#include "base/error.h"
#include "train/rank_options.h"

namespace pno::train {

// The value of a variable; nothing if it is not set.
using Environment = std::function<std::optional<std::string>(const char* name)>;

// Without any of these variables the process is the only rank. Returns an error of kind usage if
// some of a launcher's variables are missing, or have other values than they may have.
Expected<RankPlace> rank_place(const Environment& environment);
Expected<RankPlace> rank_place();  // from the environment of this process

// The first name in a list of nodes as Slurm writes it: "gpu[03-05,9],cpu1" → "gpu03".
std::string first_node(const std::string& list);

}  // namespace pno::train
