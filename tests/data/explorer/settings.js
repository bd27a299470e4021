const settings = { size: "4x5", kernel: "3x2", stride: "2", padding: "2", dilation: "2", mode: "reflect", op: "convolution", inputs: "2", outputs: "2", groups: "2" };
const found = [];
for (const key of Object.keys(settings)) {
  const select = document.getElementById(`set-${key}`);
  if (![...select.options].some(o => o.value === settings[key])) select.add(new Option(settings[key], settings[key]));
  select.value = settings[key]; select.dispatchEvent(new Event("change"));
  found.push({ key, error: model.error ?? null, out: model.outBox ?? null, list: model.error ? [] : listed(model), wrong: model.error ? -1 : commutator(model).length });
}
return found;
