#include "report/listening_page.h"

#include <fmt/format.h>

#include "report/html.h"
#include "report/listening_script.h"

namespace pno::report {
namespace {

constexpr std::string_view kControls = R"html(
<p><label>Your name or number <input id="listener" autocomplete="off"></label></p>
<p id="where" class="step" aria-live="polite"></p>
<p><button id="play-0">Play A <kbd>1</kbd></button><button id="play-1">Play B <kbd>2</kbd></button><button id="stop">Stop <kbd>0</kbd></button><button id="rolls-button">Piano rolls <kbd>r</kbd></button></p>
<p class="step">Which is better music?</p>
<p><button id="first">A <kbd>a</kbd></button><button id="second">B <kbd>b</kbd></button><button id="equal">Equally good <kbd>e</kbd></button></p>
<p id="status" aria-live="polite"></p>
<p><button id="back">Back <kbd>←</kbd></button><button id="next">Next <kbd>→</kbd></button></p>
)html";

constexpr std::string_view kResults = R"html(
<section class="card"><h2>Your answers</h2>
<p>Send this text to the person who asked you. Answers can be given in any order, and some be left out.</p>
<p><button id="copy">Copy</button> <span id="copied" aria-live="polite"></span></p>
<textarea id="results" readonly aria-label="Your answers as JSON"></textarea></section>
)html";

}  // namespace

std::string listening_page(const ListeningPage& page) {
  auto html =
      opening_of({.window_title = "listening test",
                  .brand = "listening test",
                  .heading = "Which is better music?",
                  .subtitle = fmt::format("{} pairs of piano music. Every button has a key.",
                                          page.pairs.size()),
                  .style = kListeningStyle});
  html += kControls;
  std::string sounds;
  for (const auto& [a, b] : page.pairs) {
    html += fmt::format(
        "<section class=\"rolls\" hidden><figure><h3>A</h3>{}</figure><figure><h3>B</h3>{}"
        "</figure></section>\n",
        a.roll_svg, b.roll_svg);
    sounds += fmt::format("{}[\"{}\",\"{}\"]", sounds.empty() ? "" : ",\n", base64(a.flac),
                          base64(b.flac));
  }
  html += fmt::format(
      "{}<script type=\"application/json\" id=\"test\">{{\"test\":\"{}\",\"pairs\":[\n{}]}}"
      "</script>\n<script>{}</script>\n{}",
      kResults, escaped(page.test), sounds, kListeningScript, kPageEnd);
  return html;
}

}  // namespace pno::report
