// The chats kept beside the one that is open: whether their list is shown, which chat this tab has open, files that are saved.
(() => {
  "use strict";
  const FOLDED = "askpapers-chats";
  const root = document.documentElement;
  const wide = window.matchMedia("(min-width: 1200px)");
  const stored = (storage, name) => {
    try {
      return storage.getItem(name);
    } catch {
      return null; // a browser that keeps nothing shows what it shows
    }
  };
  const store = (storage, name, value) => {
    try {
      storage.setItem(name, value);
    } catch {
      // as above
    }
  };
  // Known before anything is drawn, so that nothing jumps. A narrow screen always begins with the chat itself.
  root.dataset.chats = wide.matches && stored(localStorage, FOLDED) !== "closed" ? "open" : "closed";

  const told = () => document.querySelector("#ap-chats-fold")?.setAttribute("aria-expanded", String(root.dataset.chats === "open"));
  window.askpapersFold = () => {
    root.dataset.chats = root.dataset.chats === "open" ? "closed" : "open";
    if (wide.matches) store(localStorage, FOLDED, root.dataset.chats);
    told();
    if (root.dataset.chats === "open") document.querySelector("#ap-chats-search input, #ap-chats-search textarea")?.focus();
  };

  window.askpapersSave = (text, name, type) => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text], { type: `${type};charset=utf-8` }));
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  };

  // To a place that is about to be shown, as long as nobody has gone anywhere else than to what is about to go (`from`).
  window.askpapersFocus = (place, from) => {
    const until = performance.now() + 5000;
    const look = () => {
      const [now, there] = [document.activeElement, document.querySelector(place)];
      if (now !== document.body && !now?.matches(from)) return;
      if (there?.offsetParent) there.focus();
      else if (performance.now() < until) setTimeout(look, 50);
    };
    look();
  };

  // What has just opened is shown, and is where typing goes on.
  window.askpapersShow = (place) =>
    setTimeout(() => {
      const panel = document.querySelector(place);
      if (!panel?.offsetParent) return;
      panel.scrollIntoView({ block: "nearest" });
      panel.querySelector("input, textarea")?.focus({ preventScroll: true });
    }, 100);

  document.addEventListener("click", (event) => {
    const target = event.target instanceof Element ? event.target : null;
    if (!target?.closest(".ap-chat-open, #ap-chats-new") || wide.matches) return;
    root.dataset.chats = "closed";
    told();
    setTimeout(() => document.querySelector("#ap-question textarea")?.focus(), 300);
  });

  // The name of the open chat, as its list tells it, stands in the box to change it: written there once, and by no later
  // list over what is being typed.
  const names = new WeakMap();
  const name = () => {
    const kept = document.querySelector("#ap-chats-list .ap-chat-is-kept");
    const box = document.querySelector("#ap-chat-title :is(input, textarea)");
    if (!kept || !box) return;
    const told = JSON.stringify([kept.dataset.chat, kept.dataset.title]);
    if (names.get(box) === told) return;
    names.set(box, told);
    box.value = kept.dataset.title;
    box.dispatchEvent(new Event("input", { bubbles: true }));
  };

  // Each tab goes on with its own chat when it is loaded anew.
  let here = null;
  const follow = () => {
    told();
    name();
    const chat = document.querySelector("#ap-here [data-chat]")?.dataset.chat;
    if (chat === undefined || chat === here) return;
    here = chat;
    store(sessionStorage, "askpapers-chat", chat);
  };
  const watch = () =>
    new MutationObserver(follow).observe(document.body, {
      subtree: true,
      childList: true,
      attributes: true,
      attributeFilter: ["data-chat", "data-title"],
    });
  if (document.body) watch();
  else document.addEventListener("DOMContentLoaded", watch);
})();
