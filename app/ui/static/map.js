// Run once for the map: Gradio's plot has no event for a click or a selection, Plotly has. What is told is not trusted.
const attached = new WeakSet();
const most = 400; // corners of a line that a hand has drawn

const thinned = (values) => {
  const step = Math.ceil(values.length / most);
  return values.filter((_, at) => at % step === 0);
};

const attach = () => {
  const plot = document.querySelector("#ap-map-plot .js-plotly-plot");
  if (!plot?._ev || attached.has(plot._ev)) return;
  attached.add(plot._ev);
  plot.on("plotly_click", (event) => {
    const id = event.points?.[0]?.customdata;
    if (typeof id === "string") trigger("click", { act: "paper", id });
  });
  plot.on("plotly_selected", (event) => {
    const range = event?.range;
    const x = event?.lassoPoints?.x ?? (range && [range.x[0], range.x[1], range.x[1], range.x[0]]);
    const y = event?.lassoPoints?.y ?? (range && [range.y[0], range.y[0], range.y[1], range.y[1]]);
    if (x?.length > 2) trigger("click", { act: "outline", x: thinned(x), y: thinned(y) });
  });
  plot.on("plotly_deselect", () => trigger("click", { act: "none" }));
};

new MutationObserver(attach).observe(element.closest("#ap-map-left") ?? document.body, { childList: true, subtree: true });
attach();
