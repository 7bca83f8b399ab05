/**
 * Sources that only their own way in may write: part of each entry's identity, so that an event from
 * outside must not take an id of another feed's.
 */
export const RESERVED_SOURCE =
  /^(litellm|otlp|gateway|demo|aispend|claim|pull|file)([:._-]|$)|^import:/;
