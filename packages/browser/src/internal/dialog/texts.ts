/** The words of dialogs, apart from all else, since callers without Effect name them too. */

/** Every word of the dialog. */
export interface Texts {
  readonly title: string
  /** Before the server's address. */
  readonly at: string
  readonly username: string
  readonly password: string
  /** On the button beside the password; read out with the word for it. */
  readonly show: string
  readonly hide: string
  readonly signIn: string
  readonly cancel: string
}

/** The words for a window that may have been closed. */
export interface GiveUpTexts {
  readonly title: string
  readonly text: string
  readonly cancel: string
}
