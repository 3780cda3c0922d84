// Does the work that the page asks for, in a worker, while the person types; a form that is sent before it is done waits for it. Where no worker runs, it says so.
for (const words of document.querySelectorAll("[data-work]")) {
  const form = words.closest("form");
  const field = words.parentElement.querySelector("input");
  words.hidden = false;
  let waiting = null;
  const fail = () => { words.textContent = words.dataset.failed; };
  try {
    const worker = new Worker(words.dataset.worker);
    worker.onmessage = ({ data }) => {
      field.value = `${words.dataset.work}.${data}`;
      words.textContent = words.dataset.done;
      worker.terminate();
      if (waiting) form.requestSubmit(waiting === form ? undefined : waiting);
    };
    worker.onerror = fail;
    worker.postMessage([words.dataset.work, Number(words.dataset.bits)]);
    form.addEventListener("submit", event => {
      if (field.value) return;
      event.preventDefault();
      waiting = event.submitter ?? form;
    });
  } catch {
    fail();
  }
}
