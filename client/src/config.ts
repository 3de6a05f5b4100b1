/** Name of the section of VS Code's configuration that the server asks for. */
export const section = 'sqlAhead';
