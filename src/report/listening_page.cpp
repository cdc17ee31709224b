#include "report/listening_page.h"

#include <fmt/format.h>

#include "report/line_chart.h"
#include "report/listening_script.h"
#include "report/report_page.h"
#include "report/report_style.h"

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
  std::string html = fmt::format(
      "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<title>pno: listening test</title>\n<style>{}{}</style></head>\n<body><main>\n"
      "<header><p class=\"brand\">pno · listening test</p><h1>Which is better music?</h1>\n"
      "<p>{} pairs of piano music. Every button has a key.</p></header>\n{}",
      kReportStyle, kListeningStyle, page.pairs.size(), kControls);
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
      "</script>\n<script>{}</script>\n",
      kResults, escaped(page.test), sounds, kListeningScript);
  return html + "</main></body></html>\n";
}

}  // namespace pno::report
