"""What the lists of the Library tab do in the browser. What they tell the server is not trusted there."""

from __future__ import annotations

from app.ui.library_look import EVERY

# The rows are redrawn, their panel is not: so it listens for them. The list itself turns pages by keys, and has the focus
# again when the next page is there.
LIST_CLICKS = """
const told = (target, on) => trigger("click", { act: target.dataset.act, paper: target.dataset.paper, on });
element.addEventListener("click", (event) => {
  const button = event.target instanceof Element ? event.target.closest("button[data-act]") : null;
  if (!button) return;
  window.apPressed = button.dataset.act;
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
// A page is put over the one before, place by place: what a person ticked there would stay ticked on another paper.
new MutationObserver(() => {
  const list = element.querySelector(".ap-shelf");
  if (!list) return;
  element.querySelectorAll("input[data-act]").forEach((box) => (box.checked = box.hasAttribute("checked")));
  if (focusAgain) list.focus({ preventScroll: true });
  if (scrollUp) document.getElementById("ap-lib-status")?.scrollIntoView({ block: "nearest" });
  focusAgain = scrollUp = false;
}).observe(element, { subtree: true, childList: true, attributes: true, attributeFilter: ["data-drawn"] });
"""

# What is typed is told when the next letter keeps one waiting, so that not every letter of a word is looked for; deleting
# and pasting are told too, which a box of Gradio's own tells only when it loses the focus. A name that was chosen is as
# good as Enter. The suggested names belong to the box for an author.
TYPING = """
const within = (id, target) => target instanceof Element && target.closest(`#${id} :is(input, textarea)`);
document.addEventListener("focusin", (event) => {
  if (within("ap-lib-author", event.target)) event.target.setAttribute("list", "ap-lib-authors");
});
let waiting = null;
window.apLookAgain = () => trigger("click");
document.addEventListener("input", (event) => {
  const typed = event.target;
  const name = within("ap-lib-author", typed);
  if (!name && !["ap-lib-search", "ap-lib-since", "ap-lib-until"].some((id) => within(id, typed))) return;
  const chosen = !typed.value || [...element.querySelectorAll("option")].some((option) => option.value === typed.value);
  if (name && !chosen) return;
  clearTimeout(waiting);
  waiting = setTimeout(() => trigger("click"), 150);
});
"""

# In the order of `ListPart.filled`.
EMPTIED = f'() => ["", "", "", "", [], "{EVERY}"]'
LOOK_AGAIN = "() => window.apLookAgain()"

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


def if_pressed(act: str, script: str) -> str:
    """The script, run only if that button of a row was pressed: every click in the list is told in the same way."""
    return f'() => {{ if (window.apPressed === "{act}") {{ window.apPressed = ""; ({script})(); }} }}'
