/** What we keep in a project, from its root. A file of its own, since every command asks for it and most need nothing else. */
export const PERDURE_FOLDER = ".perdure";
