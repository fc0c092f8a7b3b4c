// What is no text of a page, whatever an extractor keeps: controls, pictures' insides, numbers of code lines,
// signs that link to a heading. `OPTIONAL` may stay or go: links to edit, references, what screen readers say.
const SKIP = new Set(("SCRIPT STYLE NOSCRIPT TEMPLATE SVG IFRAME OBJECT AUDIO VIDEO CANVAS SELECT " +
  "TEXTAREA INPUT BUTTON DATALIST MATH HEAD TITLE MAP DIALOG NOEMBED NOFRAMES APPLET").split(" "));
const OPTIONAL = new RegExp("edit|anchor|permalink|headerlink|copy|share|sr-only|visually-hidden|" +
  "screen-reader|footnote|reference|badge", "i");
const GUTTER = /linenos|lineno|line-number|gutter|hljs-ln-n/i;
const SIGN = /^\s*[\u00b6#\u00a7\u{1f517}\u221e]\s*$/u;
function walkPage(doc) {
  const lines = []; let text = "", bare = "", path = [], breaks = 0, ids = 0, item = null, used = new Set();
  function end(atBreak) {
    if (text.trim()) {
      lines.push({text, bare, path: path.slice(), breaks, item: item && !used.has(item.id) ? item : null});
      if (item) used.add(item.id);
      breaks = 0;
    }
    if (atBreak) breaks += 1;
    text = ""; bare = "";
  }
  function add(value, optional) { text += value; if (!optional) bare += value; }
  function walk(node, pre, optional) {
    if (node.nodeType === 3) {
      if (!pre) { add(node.nodeValue.replace(/\s+/g, " "), optional); return; }
      const rows = node.nodeValue.split("\n");
      rows.forEach((row, k) => { if (k) end(true); add(row, optional); });
      return;
    }
    if (node.nodeType !== 1) return;
    const tag = node.tagName.toUpperCase(), named = String(node.getAttribute("class") || "");
    if (SKIP.has(tag) || node.hidden) return;
    const style = node.ownerDocument.defaultView.getComputedStyle(node);
    if (style.display === "none" || GUTTER.test(named)) return;
    if (tag === "A" && SIGN.test(node.textContent)) return;
    if (tag === "BR") { end(true); return; }
    if (tag === "HR") { end(false); breaks = Math.max(breaks, 2); return; }
    const block = !/^(inline|contents|ruby)/.test(style.display);
    if (!block) {
      for (const child of node.childNodes) walk(child, pre, optional || OPTIONAL.test(named));
      return;
    }
    end(false); breaks = 0;
    const before = item, id = ++ids;
    path.push([id, tag]);
    if (tag === "LI") {
      const list = node.parentElement, at = [...list.children].filter(e => e.tagName === "LI").indexOf(node);
      item = {id, number: list.tagName === "OL" && !list.reversed ? list.start + at : null,
              set: [...list.children].some(e => e.hasAttribute("value")) || list.reversed};
    }
    const inside = pre || tag === "PRE" || tag === "LISTING" || tag === "XMP";
    for (const child of node.childNodes) walk(child, inside, false);
    end(false); breaks = 0;
    path.pop();
    item = before;
  }
  if (doc.body) for (const child of doc.body.childNodes) walk(child, false, false);
  end(false);
  return lines;
}
async function main() {
  const pages = JSON.parse(document.getElementById("pages").textContent), told = [];
  for (const page of pages) {
    const frame = document.createElement("iframe");
    frame.setAttribute("sandbox", "allow-same-origin");
    frame.style.width = "1200px"; frame.style.height = "900px";
    const loaded = new Promise(done => { frame.onload = done; });
    frame.srcdoc = page;
    document.body.appendChild(frame);
    await loaded;
    told.push(walkPage(frame.contentDocument));
    frame.remove();
  }
  document.body.innerHTML = "";
  const out = document.createElement("pre");
  out.id = "told";
  out.textContent = "TOLD" + btoa(unescape(encodeURIComponent(JSON.stringify(told)))) + "END";
  document.body.appendChild(out);
}
main();
