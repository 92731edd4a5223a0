/** Sending a form from a script as if its button had sent it. */

/**
 * @param {HTMLFormElement} form
 * @param {HTMLElement | null} button that was pressed; it may have left the page since
 */
export function sendAs(form, button) {
  if (button instanceof HTMLButtonElement) {
    // Sent by a script, a form does not say by itself which button was pressed.
    if (button.name) {
      const told = document.createElement("input");
      told.type = "hidden";
      told.name = button.name;
      told.value = button.value;
      form.append(told);
    }
    if (button.hasAttribute("formaction")) form.action = button.formAction;
  }
  form.submit();
}
