/** In the place of Effect's supervisors: the one that looks at nothing. */
export const none = {
  onStart: () => {},
  onEnd: () => {},
  onEffect: () => {},
  onSuspend: () => {},
  onResume: () => {},
  onRun: (execution) => execution()
}
