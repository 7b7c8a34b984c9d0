/** Of what `perdure start` serves. */
export const ENVIRONMENT = "default";
