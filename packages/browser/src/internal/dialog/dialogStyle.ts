/** How the dialog looks: system fonts and colours, light and dark; what an application wants otherwise it overrides. */
export const CLASS = "mlserver-auth-dialog"

export const CSS = `
.${CLASS} {
  color-scheme: light dark;
  box-sizing: border-box;
  width: min(24rem, calc(100vw - 2rem));
  max-height: calc(100dvh - 2rem);
  margin: auto;
  padding: 1.5rem;
  border: 1px solid color-mix(in srgb, CanvasText 20%, transparent);
  border-radius: 0.75rem;
  background: Canvas;
  color: CanvasText;
  font: 1rem/1.5 system-ui, sans-serif;
  box-shadow: 0 1rem 3rem rgb(0 0 0 / 0.25);
}
.${CLASS}::backdrop { background: rgb(0 0 0 / 0.5); }
.${CLASS} h2 { margin: 0; font-size: 1.25rem; line-height: 1.3; }
.${CLASS} p { margin: 0.25rem 0 0; overflow-wrap: anywhere; }
.${CLASS} [role="alert"] {
  margin-top: 1rem;
  padding-inline-start: 0.75rem;
  border-inline-start: 0.25rem solid light-dark(#b3261e, #ffb4ab);
  color: light-dark(#8c1d18, #ffb4ab);
}
.${CLASS} [role="alert"]:empty { display: none; }
.${CLASS} label { display: block; margin-top: 1rem; font-weight: 600; }
.${CLASS} input {
  box-sizing: border-box;
  flex: 1;
  width: 100%;
  min-width: 0;
  min-height: 2.75rem;
  padding: 0.5rem 0.75rem;
  border: 1px solid color-mix(in srgb, CanvasText 50%, transparent);
  border-radius: 0.5rem;
  background: Field;
  color: FieldText;
  font: inherit;
}
.${CLASS} input:read-only { background: transparent; }
.${CLASS} button {
  min-height: 2.75rem;
  padding: 0.5rem 1rem;
  border: 1px solid color-mix(in srgb, CanvasText 50%, transparent);
  border-radius: 0.5rem;
  background: transparent;
  color: inherit;
  font: inherit;
  cursor: pointer;
}
.${CLASS} button[type="submit"] {
  border-color: transparent;
  background: light-dark(#0b57d0, #a8c7fa);
  color: light-dark(#fff, #062e6f);
  font-weight: 600;
}
.${CLASS} button:disabled { opacity: 0.6; cursor: default; }
.${CLASS} :is(input, button):focus-visible { outline: 3px solid light-dark(#0b57d0, #a8c7fa); outline-offset: 2px; }
.${CLASS} div { display: flex; gap: 0.5rem; }
.${CLASS} div:last-child { justify-content: flex-end; margin-top: 1.5rem; }
`
