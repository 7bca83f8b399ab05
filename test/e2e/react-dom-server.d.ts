/** The one function that the screenshots use; React's own types for it are a package of their own. */
declare module "react-dom/server" {
  export function renderToStaticMarkup(element: import("react").ReactNode): string;
}
