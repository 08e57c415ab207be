/** The parts of Citation.js that are used here; it brings no types. */
declare module '@citation-js/core' {
  export class Cite {
    constructor(data: object | readonly object[])
    format(output: string, options?: object): string
  }
  export const plugins: {
    readonly config: {
      get(name: '@csl'): { readonly styles: { add(name: string, xml: string): void } }
    }
  }
}
declare module '@citation-js/plugin-csl'
declare module '@citation-js/plugin-bibtex'
declare module '@citation-js/plugin-ris'
