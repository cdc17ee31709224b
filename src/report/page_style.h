#pragma once

// The style of all pages: light or dark, as the reader's system is.

#include <string_view>

namespace pno::report {

inline constexpr std::string_view kPageStyle = R"css(
:root {
  color-scheme: light dark;
  --page: #f6f5f2; --card: #ffffff; --text: #23262b; --soft: #6a6f78; --grid: #e6e4df;
  --line-0: #8a93a6; --line-1: #b3472d; --line-2: #2f6f8f; --line-3: #7a6a1f; --line-4: #6b4a91;
  --line-5: #3f7d4f;
  --accent: #b3472d;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #16181c; --card: #1f2227; --text: #e8e6e1; --soft: #9aa0aa; --grid: #33373e;
    --line-0: #8d99b3; --line-1: #f0906f; --line-2: #6fb7d6; --line-3: #d6c064; --line-4: #b99be0;
    --line-5: #8fce9c;
    --accent: #f0906f;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--page); color: var(--text);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif;
}
main { max-width: 1120px; margin: 0 auto; padding: 32px 20px 64px; }
header h1 { margin: 0; font-size: 30px; line-height: 1.2; overflow-wrap: anywhere; }
header p { margin: 6px 0 0; color: var(--soft); }
header .brand { margin: 0 0 4px; color: var(--accent); font-weight: 600; }
h2 { font-size: 18px; margin: 36px 0 12px; }
h3 { font-size: 15px; margin: 0 0 10px; }
.tiles { display: grid; grid-template-columns: repeat(auto-fill, minmax(158px, 1fr)); gap: 12px; margin: 24px 0; }
.tile, figure, .sample, .card {
  background: var(--card); border: 1px solid var(--grid); border-radius: 10px;
}
.tile { padding: 12px 14px; }
.tile b { display: block; font-size: 21px; font-variant-numeric: tabular-nums; }
.tile span { color: var(--soft); font-size: 13px; }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(460px, 100%), 1fr)); gap: 14px; }
.charts + .card { margin-top: 14px; }
figure { margin: 0; padding: 12px 12px 6px; }
.chart { display: block; width: 100%; height: auto; font-family: inherit; }
.chart-title { fill: var(--text); font-size: 15px; font-weight: 600; }
.tick { fill: var(--soft); font-size: 12px; font-variant-numeric: tabular-nums; }
.end { text-anchor: end; }
.middle { text-anchor: middle; }
.grid { stroke: var(--grid); }
.line { fill: none; stroke-width: 2; stroke-linejoin: round; }
.faint { opacity: .3; stroke-width: 1.2; }
.samples { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(460px, 100%), 1fr)); gap: 14px; }
.sample { padding: 14px; }
.sample img { display: block; width: 100%; border-radius: 6px; background: #fff; }
.sample audio { display: block; width: 100%; margin: 10px 0 6px; }
a { color: var(--accent); }
.tables { columns: 2 420px; column-gap: 14px; margin-top: 36px; }
.card { padding: 4px 16px 12px; margin: 0 0 14px; break-inside: avoid; }
.card h2 { margin: 10px 0 6px; }
table { width: 100%; border-collapse: collapse; font-size: 14px; }
th, td { text-align: left; padding: 4px 0; border-top: 1px solid var(--grid); vertical-align: top; }
th { width: 44%; color: var(--soft); font-weight: 400; }
.runs th, .runs td { width: auto; padding-right: 12px; }
td { overflow-wrap: anywhere; font-variant-numeric: tabular-nums; }
)css";

}  // namespace pno::report
