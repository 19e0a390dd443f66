// A small card beside what is pointed at or has the focus: for a marker the paper and the sentence that bears the statement
// out, for an underlined sentence why it is doubted. Words of papers go in as text, never as HTML. Escape closes it.
(() => {
  "use strict";
  const OURS = "#ap-chat a.ap-marker, #ap-chat :is(.ap-claim, .ap-doubt)[title]";
  const LONGEST = 300;
  let tip = null;
  let owner = null;
  let soon = 0;
  let later = 0;
  let watch = 0;
  let title = ""; // the owner's, kept here meanwhile, lest the browser shows it too

  const line = (kind, text) => {
    const made = document.createElement("p");
    made.className = `ap-tip-${kind}`;
    made.dir = "auto";
    made.textContent = text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text;
    return made;
  };

  const words = (text) => new Set(text.toLowerCase().match(/[\p{L}\p{N}]{2,}/gu) ?? []);

  // The statement that a marker stands behind: back to the end of the sentence before it; in a table its whole row.
  const statement = (marker) => {
    const row = marker.closest("tr");
    if (row) return row.textContent;
    const block = marker.closest("li, p, blockquote, h3, h4, h5, h6") ?? marker.parentElement;
    const before = document.createRange();
    before.setStart(block, 0);
    before.setEndBefore(marker);
    const parts = before.toString().split(/(?<=[.!?](?:\s*\[\d+\])*)\s+/);
    return parts.reverse().find((part) => words(part.replace(/\[\d+\]/g, "")).size > 1) ?? block.textContent;
  };

  // Of the sentences marked in the abstract the one that shares most words with the statement.
  const support = (card, marker) => {
    const said = words(statement(marker));
    let best = "";
    let most = -1;
    for (const mark of card.querySelectorAll("mark")) {
      const shared = [...words(mark.textContent)].filter((word) => said.has(word)).length;
      if (shared > most) [best, most] = [mark.textContent, shared];
    }
    return best;
  };

  const ofMarker = (marker) => {
    const card = document.getElementById(marker.getAttribute("href").slice(1));
    if (!card) return [];
    const out = [line("title", `${marker.textContent} ${card.querySelector("h3").lastChild.textContent}`)];
    const about = card.querySelector(".ap-about");
    if (about) out.push(line("about", about.textContent));
    const sentence = support(card, marker);
    if (sentence) out.push(line("quote", sentence));
    else if (!card.matches(".is-pending")) out.push(line("about", "No single sentence of its abstract is marked for this."));
    return out;
  };

  const place = () => {
    const at = owner.getClientRects()[0];
    if (!at) return hide();
    const box = tip.getBoundingClientRect();
    const above = at.top - box.height - 8;
    tip.style.left = `${Math.max(8, Math.min(at.left, window.innerWidth - box.width - 8))}px`;
    tip.style.top = `${above >= 8 ? above : Math.min(at.bottom + 8, window.innerHeight - box.height - 8)}px`;
  };

  const show = (target) => {
    clearTimeout(later);
    if (owner === target || !target.isConnected) return;
    hide();
    const lines = target.matches("a") ? ofMarker(target) : [line("why", target.title)];
    if (!lines.length) return;
    if (!tip?.isConnected) {
      tip = document.createElement("div");
      tip.id = "ap-tip";
      tip.setAttribute("role", "tooltip");
      (document.querySelector(".gradio-container") ?? document.body).append(tip);
    }
    owner = target;
    title = owner.title;
    owner.removeAttribute("title");
    tip.replaceChildren(...lines);
    tip.hidden = false;
    owner.setAttribute("aria-describedby", "ap-tip");
    place();
    watch = setInterval(() => owner?.isConnected || hide(), 250); // an answer is drawn anew while it is written
  };

  const hide = () => {
    clearTimeout(soon);
    clearTimeout(later);
    clearInterval(watch);
    owner?.removeAttribute("aria-describedby");
    if (title) owner?.setAttribute("title", title);
    owner = null;
    if (tip) tip.hidden = true;
  };

  const ours = (event) => {
    if (!(event.target instanceof Element)) return null;
    return owner?.contains(event.target) ? owner : event.target.closest(OURS);
  };

  document.addEventListener("pointerover", (event) => {
    if (event.pointerType === "touch") return;
    const target = ours(event);
    clearTimeout(soon);
    if (target) soon = setTimeout(show, 150, target);
    else if (owner && tip.contains(event.target)) clearTimeout(later);
    else if (owner && owner !== document.activeElement) {
      clearTimeout(later);
      later = setTimeout(hide, 200);
    }
  });
  document.addEventListener("focusin", (event) => {
    const target = ours(event);
    if (target?.matches(":focus-visible")) show(target);
    else if (owner) hide();
  });
  document.addEventListener("focusout", (event) => {
    if (ours(event) === owner) hide();
  });
  document.addEventListener("click", (event) => {
    const target = ours(event);
    if (target && !target.matches("a")) show(target); // a finger has no other way
    else hide();
  });
  document.addEventListener(
    "keydown",
    (event) => {
      if (event.key !== "Escape" || !owner) return;
      event.stopPropagation();
      hide();
    },
    true,
  );
  document.addEventListener("scroll", () => owner && place(), { capture: true, passive: true });
})();
