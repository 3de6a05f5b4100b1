// esbuild imports .sql files as text (loader '.sql': 'text' in scripts/build.mjs).
declare module '*.sql' {
  const text: string;
  export default text;
}
