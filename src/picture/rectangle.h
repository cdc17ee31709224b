#pragma once

// A place and an area of a picture.

namespace pno::picture {

// Pixels from the top left.
struct Point {
  double x = 0, y = 0;
};

// Pixels from the top left.
struct Rectangle {
  double x = 0, y = 0, width = 0, height = 0;

  double right() const { return x + width; }
  double bottom() const { return y + height; }
};

}  // namespace pno::picture
