#include "train/ranks/rank_place.h"

#include <cstdint>
#include <cstdlib>
#include <initializer_list>

#include "base/fields.h"

namespace pno::train {
namespace {

constexpr int kMostRanks = 1 << 16, kMostPort = 65535;
// Another port for each job of a machine, below those that the kernel assigns.
constexpr int kFirstJobPort = 20000, kJobPorts = 12000;

// The variables of one launcher.
struct Launcher {
  const char* name;
  const char* rank;
  const char* size;
  const char* local_rank;
  const char* local_size;  // null if it sets none
};
constexpr std::initializer_list<Launcher> kLaunchers = {
    {"torchrun", "RANK", "WORLD_SIZE", "LOCAL_RANK", nullptr},
    {"mpirun", "OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_LOCAL_RANK",
     "OMPI_COMM_WORLD_LOCAL_SIZE"},
    {"mpirun", "PMI_RANK", "PMI_SIZE", "MPI_LOCALRANKID", "MPI_LOCALNRANKS"},
    {"srun", "SLURM_PROCID", "SLURM_NTASKS", "SLURM_LOCALID", nullptr},
};

class Variables {
 public:
  explicit Variables(const Environment& environment) : environment_(environment) {}

  std::optional<std::string> text(const char* name) const {
    if (name == nullptr) return std::nullopt;
    auto value = environment_(name);
    return value && value->empty() ? std::nullopt : value;
  }
  bool has(const char* name) const { return text(name).has_value(); }

  Expected<std::optional<int>> number(const char* name, int least, int most) const {
    const auto value = text(name);
    if (!value) return std::nullopt;
    int number = 0;
    if (!read_number(*value, number) || number < least || number > most) {
      return fail_usage("the variable {} is '{}'; it must be an integer from {} to {}", name,
                        *value, least, most);
    }
    return number;
  }

 private:
  const Environment& environment_;
};

// srun sets the variables of a step. The script of sbatch sees only those of the job: it is the
// first of its tasks, and the only one that runs.
Expected<void> check_srun(const Variables& variables, int size) {
  const bool is_step = variables.has("SLURM_STEP_ID") || variables.has("SLURM_STEPID");
  if (size == 1 || !variables.has("SLURM_JOB_ID") || is_step) return {};
  return fail_usage(
      "Slurm was asked for {} tasks and this process is the only one: put srun before pno; or, to "
      "train with one process, leave out --ntasks or unset SLURM_NTASKS",
      size);
}

// The rank and the number of ranks from one launcher; nothing if it did not start this process.
Expected<std::optional<RankPlace>> place_by(const Launcher& launcher, const Variables& variables) {
  PNO_TRY(const auto rank, variables.number(launcher.rank, 0, kMostRanks - 1));
  PNO_TRY(const auto size, variables.number(launcher.size, 1, kMostRanks));
  PNO_TRY(const auto local_rank, variables.number(launcher.local_rank, 0, kMostRanks - 1));
  const bool is_slurm = std::string_view(launcher.name) == "srun";
  // salloc's shell has only the number of tasks, and is not one of them.
  if (!rank && (!size || is_slurm)) return std::nullopt;
  if (!rank || !size) {
    // A script of sbatch without a number of tasks.
    if (is_slurm && *rank == 0) return std::nullopt;
    return fail_usage("the variable {} is set and {} is not; {} sets both: set both, or neither",
                      rank ? launcher.rank : launcher.size, rank ? launcher.size : launcher.rank,
                      launcher.name);
  }
  if (*rank >= *size) {
    return fail_usage("the variable {} is {} and {} is {}; ranks are counted from 0", launcher.rank,
                      *rank, launcher.size, *size);
  }
  if (is_slurm) PNO_TRY_VOID(check_srun(variables, *size));
  return RankPlace{.rank = *rank, .size = *size, .local_rank = local_rank};
}

// True if the launcher says that all processes are on this machine.
bool is_one_machine(const Launcher& launcher, const Variables& variables, int size) {
  const auto local_size = variables.number(launcher.local_size, 1, kMostRanks);
  return local_size && *local_size && **local_size == size;
}

Expected<void> find_first_rank(const Launcher& launcher, const Variables& variables,
                               RankPlace& place) {
  PNO_TRY(const auto port, variables.number("MASTER_PORT", 1, kMostPort));
  const auto address = variables.text("MASTER_ADDR");
  auto nodes = variables.text("SLURM_STEP_NODELIST");
  if (!nodes) nodes = variables.text("SLURM_JOB_NODELIST");
  if (address) {
    place.address = *address;
  } else if (nodes) {
    place.address = first_node(*nodes);
  } else if (!is_one_machine(launcher, variables, place.size)) {
    return fail_usage(
        "{} started {} processes, and the variable MASTER_ADDR does not say where rank 0 is; set "
        "it to its machine's name or address, for every process",
        launcher.name, place.size);
  }
  std::int64_t job = 0;
  if (port) {
    place.port = *port;
  } else if (const auto id = variables.text("SLURM_JOB_ID"); id && read_number(*id, job)) {
    place.port = kFirstJobPort + static_cast<int>(job % kJobPorts);
  }
  return {};
}

}  // namespace

Expected<RankPlace> rank_place(const Environment& environment) {
  const Variables variables(environment);
  for (const auto& launcher : kLaunchers) {
    PNO_TRY(auto found, place_by(launcher, variables));
    if (!found) continue;
    if (found->size == 1) return RankPlace{};
    PNO_TRY_VOID(find_first_rank(launcher, variables, *found));
    found->launcher_has_store = variables.text("TORCHELASTIC_USE_AGENT_STORE") == "True";
    PNO_TRY(const auto restart, variables.number("TORCHELASTIC_RESTART_COUNT", 0, 1 << 30));
    found->restart = restart.value_or(0);
    return *found;
  }
  return RankPlace{};
}

Expected<RankPlace> rank_place() {
  return rank_place([](const char* name) -> std::optional<std::string> {
    const char* const value = std::getenv(name);
    if (value == nullptr) return std::nullopt;
    return value;
  });
}

std::string first_node(const std::string& list) {
  std::string name;
  bool is_in_range = false, is_taken = false;  // taken: the first of the range in brackets
  for (const char c : list) {
    if (!is_in_range && c == ',') break;
    if (c == '[') {
      is_in_range = true;
      is_taken = false;
    } else if (c == ']') {
      is_in_range = false;
    } else if (is_in_range && (c == '-' || c == ',')) {
      is_taken = true;
    } else if (!is_in_range || !is_taken) {
      name += c;
    }
  }
  return name;
}

}  // namespace pno::train
