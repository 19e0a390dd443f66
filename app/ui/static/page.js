// The page's own script: markers lead to their evidence card and back, Copy copies, a table is saved as a file. No state
// is kept but the marker a person came from, the toggle of a card that was pressed and whether thoughts are read. Everything is delegated from the document, because answers are redrawn while they stream.
(() => {
  "use strict";
  let cameFrom = null;

  const showCard = (marker) => {
    const card = document.getElementById(marker.getAttribute("href").slice(1));
    if (!card) return;
    document.querySelectorAll(".ap-card.is-focus").forEach((other) => other.classList.remove("is-focus"));
    const folded = card.querySelector("details");
    if (folded) folded.open = true;
    card.classList.add("is-focus");
    cameFrom = marker;
    const still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
    card.focus({ preventScroll: true });
    card.scrollIntoView({ behavior: still ? "auto" : "smooth", block: "center" });
  };

  const goBack = () => {
    document.querySelectorAll(".ap-card.is-focus").forEach((card) => card.classList.remove("is-focus"));
    if (cameFrom && cameFrom.isConnected) {
      cameFrom.scrollIntoView({ block: "center" });
      cameFrom.focus({ preventScroll: true });
    } else {
      document.querySelector("#ap-question textarea")?.focus();
    }
  };

  const copyText = async (text) => {
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      // Not a secure context (another computer over http): the old way still works there.
      const box = document.createElement("textarea");
      box.value = text;
      document.body.append(box);
      box.select();
      document.execCommand("copy");
      box.remove();
    }
  };

  // Made here and now: nothing is asked of the server, and an old answer's table can still be saved.
  const saveText = (text, name, type) => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text], { type: `${type};charset=utf-8` }));
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  };

  const bibName = (text) => `${(/^@\w+\{([^,]*)/.exec(text)?.[1] ?? "").replace(/[^\w.-]+/g, "-") || "paper"}.bib`;

  // The other papers beside the answer, to compare one with: made here, so that not every card carries every title.
  const chooseOther = (button) => {
    const open = button.getAttribute("aria-expanded") === "true";
    button.setAttribute("aria-expanded", String(!open));
    const acts = button.closest(".ap-more-acts");
    acts.querySelector(".ap-others")?.remove();
    if (open) return;
    const list = document.createElement("div");
    list.className = "ap-others";
    list.setAttribute("role", "group");
    list.setAttribute("aria-label", "Compare with");
    for (const card of document.querySelectorAll("#ap-evidence .ap-card")) {
      const other = card.id.replace("evidence-", "");
      if (other === button.dataset.marker || list.childElementCount === 12) continue;
      const one = document.createElement("button");
      one.type = "button";
      one.className = "ap-other";
      Object.assign(one.dataset, { act: "with", marker: button.dataset.marker, other });
      one.textContent = `[${other}] ${titleOf(card)}`;
      list.append(one);
    }
    if (!list.childElementCount) list.textContent = "There is no other paper beside the answer yet.";
    acts.append(list);
    list.querySelector("button")?.focus();
  };

  const titleOf = (card) => card.querySelector("h3").lastChild.textContent;

  // A button that goes away at a click takes the focus along; whoever has no mouse would begin at the top again.
  const keepFocus = () =>
    setTimeout(() => {
      if (document.activeElement === document.body) document.querySelector("#ap-question textarea")?.focus();
    }, 400);

  // The model in the head line leads to where another one is chosen.
  const showModels = () => {
    document.getElementById("ap-chat-tab-button")?.click();  // it is beside the chat
    const fold = document.querySelector("#ap-models > button");
    if (!fold) return;
    if (!fold.classList.contains("open")) fold.click();
    const still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
    fold.focus({ preventScroll: true });
    // Once it is open: before that there is nothing to scroll to at the bottom of a small screen.
    setTimeout(() => fold.scrollIntoView({ behavior: still ? "auto" : "smooth", block: "start" }), 250);
  };

  // An answer is drawn anew with every few words of it: the fold of who reads along stays open, at its end.
  let readsThoughts = false;
  const keepThoughts = () => {
    const fold = document.querySelector(".ap-thinking.is-running");
    if (!fold) {
      readsThoughts = false;
      return;
    }
    if (readsThoughts && !fold.open) fold.open = true;
    if (fold.open) fold.lastElementChild.scrollTop = fold.lastElementChild.scrollHeight;
  };

  let pressed = null;
  const pressAgain = () => {
    if (!pressed || pressed.isConnected) return;
    const { act, marker } = pressed.dataset;
    pressed = null;
    document.querySelector(`#evidence-${marker} button[data-act="${act}"]`)?.focus({ preventScroll: true });
  };

  document.addEventListener("click", async (event) => {
    const target = event.target instanceof Element ? event.target : null;
    if (!target) return;
    const marker = target.closest("a.ap-marker");
    if (marker) {
      event.preventDefault();
      showCard(marker);
    } else if (target.closest(".ap-back")) {
      goBack();
    } else if (target.closest(".ap-copy")) {
      const button = target.closest(".ap-copy");
      const text = button.parentElement.querySelector(":scope > .ap-copytext");
      if (!text) return;
      await copyText(text.textContent);
      if (button.dataset.label) return;
      button.dataset.label = button.textContent;
      button.textContent = "Copied";
      setTimeout(() => {
        button.textContent = button.dataset.label;
        delete button.dataset.label;
      }, 1600);
    } else if (target.closest(".ap-save")) {
      const button = target.closest(".ap-save");
      const text = button.parentElement.querySelector(":scope > .ap-filetext");
      // A spreadsheet takes a CSV file for UTF-8 only with this mark at its beginning.
      if (button.classList.contains("is-bibtex")) saveText(text.textContent, bibName(text.textContent), "application/x-bibtex");
      else if (button.classList.contains("is-csv")) saveText(`\ufeff${text.textContent}`, "comparison.csv", "text/csv");
      else if (button.classList.contains("is-latex")) saveText(text.textContent, "comparison.tex", "application/x-tex");
      else saveText(text.textContent, "comparison.md", "text/markdown");
    } else if (target.closest("#ap-head .ap-model")) {
      showModels();
    } else if (target.closest("#ap-head .ap-papers")) {
      document.getElementById("ap-library-tab-button")?.click();
    } else if (target.closest(".ap-thinking.is-running summary")) {
      readsThoughts = !target.closest("details").open;
    } else if (target.closest(".ap-with")) {
      chooseOther(target.closest(".ap-with"));
    } else if (target.closest('.ap-card button:is([data-act="pin"], [data-act="exclude"])')) {
      pressed = target.closest("button[data-act]");
    } else if (target.closest("#ap-choices button, #ap-ways button, #ap-pins button, #ap-onlys button, #ap-chips button, #ap-nexts button, #ap-again-0, .ap-again")) {
      keepFocus();
    } else if (target.closest("#ap-stop, #ap-new") && window.matchMedia("(pointer: fine)").matches) {
      setTimeout(() => document.querySelector("#ap-question textarea")?.focus(), 300);
    }
  });

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && event.target instanceof Element && event.target.closest(".ap-card")) goBack();
  });

  // Gradio labels every message with its source, which for us is HTML: a screen reader would read out tags, and
  // read the growing answer again and again. The status line says when an answer is ready.
  const quieten = () => {
    document.querySelectorAll("#ap-chat [data-testid][aria-label]").forEach((message) => {
      message.removeAttribute("aria-label");
    });
    document.querySelectorAll('#ap-chat [role="log"][aria-live]').forEach((log) => log.setAttribute("aria-live", "off"));
  };
  // New evidence goes to the top of its panel; a person who had scrolled down to an older card would not see it.
  let wasPending = false;
  const showNewEvidence = () => {
    const pending = document.querySelector(".ap-card.is-pending") !== null;
    if (pending && !wasPending) document.getElementById("ap-right")?.scrollTo({ top: 0 });
    wasPending = pending;
  };
  const follow = () => {
    quieten();
    showNewEvidence();
    keepThoughts();
    pressAgain();
  };
  const watch = () => {
    follow();
    new MutationObserver(follow).observe(document.body, {
      subtree: true,
      childList: true,
      attributes: true,
      attributeFilter: ["aria-label"],
    });
  };
  if (document.body) watch();
  else document.addEventListener("DOMContentLoaded", watch);
})();
