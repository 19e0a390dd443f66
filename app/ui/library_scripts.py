"""What the lists of the Library tab do in the browser. What they tell the server is not trusted there."""

from __future__ import annotations

# A page is drawn anew for every keystroke; waiting for the next one saves most of them. What is in the box by then counts.
TYPED_LATE = """async (...boxes) => {
  await new Promise((done) => setTimeout(done, 120));
  const box = document.querySelector("#ap-lib-search :is(input, textarea)");
  return [box ? box.value : boxes[0], ...boxes.slice(1)];
}"""

# The rows are redrawn, their panel is not: so it listens for them. The list itself turns pages by keys, and has the focus
# again when the next page is there.
LIST_CLICKS = """
const told = (target, on) => trigger("click", { act: target.dataset.act, place: Number(target.dataset.place), on });
element.addEventListener("click", (event) => {
  const button = event.target instanceof Element ? event.target.closest("button[data-act]") : null;
  if (!button) return;
  window.apAskedOnly = button.dataset.act === "ask";
  told(button, true);
});
element.addEventListener("change", (event) => {
  const box = event.target instanceof Element ? event.target.closest("input[data-act]") : null;
  if (box) told(box, box.checked);
});
let focusAgain = false, scrollUp = false;
const keys = { ArrowRight: "next", ArrowLeft: "previous", Home: "first", End: "last" };
element.addEventListener("keydown", (event) => {
  if (!(event.target instanceof Element) || !event.target.matches(".ap-shelf") || !(event.key in keys)) return;
  event.preventDefault();
  const button = document.getElementById(`ap-lib-${keys[event.key]}`);
  if (!button || button.disabled) return;
  focusAgain = scrollUp = true;
  button.click();
});
document.addEventListener("click", (event) => {
  if (event.target instanceof Element && event.target.closest("#ap-lib-pager button")) scrollUp = true;
});
new MutationObserver(() => {
  const list = element.querySelector(".ap-shelf");
  if (!list) return;
  if (focusAgain) list.focus({ preventScroll: true });
  if (scrollUp) list.scrollIntoView({ block: "nearest" }), document.getElementById("ap-lib-status")?.scrollIntoView({ block: "nearest" });
  focusAgain = scrollUp = false;
}).observe(element, { childList: true, subtree: true });
"""

# The names belong to the box for an author; choosing one is as good as Enter.
SUGGESTIONS = """
const box = () => document.querySelector("#ap-lib-author :is(input, textarea)");
document.addEventListener("focusin", (event) => {
  if (event.target === box()) event.target.setAttribute("list", "ap-lib-authors");
});
document.addEventListener("input", (event) => {
  if (event.target !== box()) return;
  const chosen = [...element.querySelectorAll("option")].some((option) => option.value === event.target.value);
  if (chosen || !event.target.value) setTimeout(() => trigger("click"), 60);
});
"""

TWIN_CLICKS = """
element.addEventListener("click", (event) => {
  const button = event.target instanceof Element ? event.target.closest("button[data-act]") : null;
  if (button) trigger("click", { act: button.dataset.act, place: Number(button.dataset.place), on: true });
});
"""

# A question that cannot be taken back has the focus, so that a keyboard answers it and a screen reader reads it.
ASK_FIRST = """() => setTimeout(() => {
  const panel = document.getElementById("ap-lib-sure");
  if (!panel) return;
  panel.scrollIntoView({ block: "nearest" });
  document.querySelector("#ap-lib-sure-no")?.focus();
}, 60)"""

FETCH_FILE = """() => setTimeout(() => {
  const link = document.querySelector("a#ap-lib-file, #ap-lib-file a, button#ap-lib-file");
  link?.click();
}, 150)"""
