// Saves each answer as it is chosen, and waits for a paper. Every page works without it.
const json = { Accept: "application/json" };

function saves(form) {
  const live = form.querySelector("[data-live]");
  let last = Promise.resolve();
  const told = (said, trouble) => {
    live.textContent = said;
    live.classList.toggle("trouble", trouble);
  };
  const save = async (input) => {
    const body = new URLSearchParams({ guard: form.elements.guard.value, go: "save", [input.name]: input.value });
    try {
      const answer = await fetch(form.action, { method: "POST", body, headers: json, credentials: "same-origin" });
      const read = await answer.json();
      told(read.said, !answer.ok);
    } catch {
      told(live.dataset.trouble, true);
    }
  };
  form.addEventListener("change", ({ target }) => {
    // One after the other: the last choice is the one that stays.
    if (target.type === "radio") last = last.then(() => save(target));
  });
}

function waits(told) {
  let failed = 0;
  const look = async () => {
    try {
      const answer = await fetch(location.href, { headers: json, credentials: "same-origin" });
      const { ready, fault } = await answer.json();
      if (ready || fault) return location.replace(location.href);
      failed = 0;
    } catch {
      failed += 1;
      if (failed === 5) told.textContent = told.dataset.trouble;
    }
    return setTimeout(look, failed ? 2000 : 300);
  };
  setTimeout(look, 300);
}

document.querySelectorAll("form[data-autosave]").forEach(saves);
document.querySelectorAll("[data-waiting]").forEach(waits);
