/** In the place of the boundaries of histograms. */
export const exponential = () => undefined
