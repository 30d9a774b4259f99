/** Whether an element stays in the page, which others change too: frameworks render again, scripts empty the body. */

/**
 * Calls back each time that an element of the page has left it; `alone` says that nothing else went with it, so that it was
 * meant. An element that is moved has not left. The answer ends that.
 */
export const whenGone = (element: Element, gone: (alone: boolean) => void): (() => void) => {
  const observer = new MutationObserver((records) => {
    if (element.isConnected) return
    const removed = records.flatMap(({ removedNodes }) => [...removedNodes])
    gone(removed.length === 1 && removed[0] === element)
  })
  // A shadow tree is not part of the tree around it.
  for (let at: Node | undefined = element; at !== undefined;) {
    const root: Node = at.getRootNode()
    observer.observe(root, { childList: true, subtree: true })
    at = root instanceof ShadowRoot ? root.host : undefined
  }
  return () => observer.disconnect()
}
