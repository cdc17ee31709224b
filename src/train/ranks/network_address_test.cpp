#include "train/ranks/network_address.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

namespace pno::train {
namespace {

using namespace std::chrono_literals;

// A port of the loopback that somebody listens to while this lives.
class Listener {
 public:
  Listener() : handle_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    socklen_t size = sizeof address;
    EXPECT_EQ(::bind(handle_, reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(::listen(handle_, 1), 0);
    EXPECT_EQ(::getsockname(handle_, reinterpret_cast<sockaddr*>(&address), &size), 0);
    port = ntohs(address.sin_port);
  }
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;
  ~Listener() { close(); }
  void close() {
    if (handle_ >= 0) ::close(handle_);
    handle_ = -1;
  }

  int port = 0;

 private:
  int handle_;
};

TEST(NetworkAddress, KnowsWhetherSomebodyListens) {
  Listener listener;
  EXPECT_EQ(why_no_answer("127.0.0.1", listener.port, 2s), "");
  EXPECT_NE(why_no_listening(listener.port), "");
  listener.close();
  EXPECT_EQ(why_no_answer("127.0.0.1", listener.port, 2s), "Connection refused");
  EXPECT_EQ(why_no_listening(listener.port), "");
}

TEST(NetworkAddress, AHostThatNobodyKnowsHasTheResolversWord) {
  EXPECT_NE(why_no_answer("no-such-host.invalid", 1, 2s), "");
  EXPECT_EQ(own_address("no-such-host.invalid", 1), "");
}

TEST(NetworkAddress, TheWayToTheLoopbackBeginsThere) {
  EXPECT_EQ(own_address("127.0.0.1", 1), "127.0.0.1");
}

}  // namespace
}  // namespace pno::train
