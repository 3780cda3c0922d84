// Says how good a new password is while it is typed. It asks the server, which alone knows the policy; the password travels in the body of a form, with its
// antiforgery token, and is not kept. Where the answer fails, the meter stays away and the form works as it does without script.
for (const meter of document.querySelectorAll("[data-meter]")) {
  const input = document.getElementById(meter.dataset.meter);
  const words = meter.querySelector("p");
  let timer;
  let asked = 0;
  const ask = async () => {
    const number = ++asked;
    if (!input.value) {
      meter.hidden = true;
      return;
    }
    const address = new URL(location.href);
    address.searchParams.set("handler", "Strength");
    try {
      const answer = await fetch(address, { method: "POST", body: new URLSearchParams(new FormData(input.form)), redirect: "error" });
      if (!answer.ok) throw new Error(String(answer.status));
      const { score, accepted, text } = await answer.json();
      if (number !== asked) return;
      meter.dataset.score = accepted ? Math.max(score, 2) : Math.min(score, 1);
      words.textContent = text;
      meter.hidden = false;
    } catch {
      if (number === asked) meter.hidden = true;
    }
  };
  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(ask, 300);
  });
}
