// Reading an answer from its beginning: while it grows the chat follows it only until its question stands at the top, and
// not at all once the person has scrolled. No state is kept but which question that is and whether it is followed.
(() => {
  "use strict";
  const scroller = () => document.querySelector("#ap-chat .bubble-wrap");
  let asked = 0;
  let follows = false;

  const follow = () => {
    const box = scroller();
    const questions = document.querySelectorAll("#ap-chat .ap-question");
    if (!box) return;
    if (questions.length !== asked) {
      asked = questions.length;
      follows = asked > 0;
    }
    if (!follows) return;
    const top = questions[asked - 1].getBoundingClientRect().top - box.getBoundingClientRect().top + box.scrollTop;
    box.scrollTop = Math.max(0, top - 12);
  };

  const letGo = (event) => {
    const target = event.target instanceof Element ? event.target : null;
    if (event.type !== "keydown" || /^(Page|Arrow|Home|End)/.test(event.key)) follows &&= !target?.closest("#ap-chat");
  };
  for (const name of ["wheel", "touchmove", "pointerdown", "keydown"]) {
    document.addEventListener(name, letGo, { passive: true, capture: true });
  }
  const watch = () => new MutationObserver(follow).observe(document.body, { subtree: true, childList: true });
  if (document.body) watch();
  else document.addEventListener("DOMContentLoaded", watch);
})();
