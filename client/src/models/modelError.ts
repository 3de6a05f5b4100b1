/** The errors about models. Each has a code for programs, and one sentence for people that says what to do. */

export type ModelErrorCode =
  /** The address is not https, or redirects to one that is not. */
  | 'ERR_MODEL_ADDRESS'
  | 'ERR_MODEL_OFFLINE'
  | 'ERR_MODEL_TLS'
  | 'ERR_MODEL_PROXY'
  /** The server answers 401, 403, 404 or the like. */
  | 'ERR_MODEL_REFUSED'
  /** The connection broke again and again. */
  | 'ERR_MODEL_BROKEN'
  /** The file on the server is not the one that the preset names. */
  | 'ERR_MODEL_SIZE'
  | 'ERR_MODEL_HASH'
  | 'ERR_MODEL_SPACE'
  | 'ERR_MODEL_FOLDER'
  | 'ERR_MODEL_LICENCE'
  | 'ERR_MODEL_PRESETS'
  | 'ERR_MODEL_CANCELLED';

export class ModelError extends Error {
  override readonly name = 'ModelError';
  constructor(
    readonly code: ModelErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** The person stopped the download. The part on the disk stays for the next time. */
export function downloadCancelled(): ModelError {
  return new ModelError('ERR_MODEL_CANCELLED', 'The download was stopped.');
}

/** The `code` of any error that has one. */
export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

const tlsCodes =
  /^(?:ERR_TLS_|ERR_SSL_|EPROTO$|CERT_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|HOSTNAME_MISMATCH|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH_EXCEEDED)/;
const unreachable = new Set([
  'ENOTFOUND',
  'EAI_AGAIN',
  'ECONNREFUSED',
  'ENETUNREACH',
  'EHOSTUNREACH',
  'ENETDOWN',
  'EADDRNOTAVAIL',
]);

/**
 * The sentence for a failure of the network.
 * @returns undefined when the connection only broke: trying again may help
 */
export function networkFailure(error: unknown, host: string): ModelError | undefined {
  if (error instanceof ModelError) return error;
  const code = codeOf(error);
  const message = error instanceof Error ? error.message : String(error);
  const options = { cause: error };
  if (tlsCodes.test(code))
    return new ModelError(
      'ERR_MODEL_TLS',
      `The certificate of ${host} cannot be checked (${code}): if a company's proxy is in between, add its certificate to the system's, or set a mirror in "sqlAhead.models.mirror".`,
      options,
    );
  if (unreachable.has(code)) return offline(host, code, options);
  // Proxy agents report a refused tunnel only in the text of the message.
  if (/proxy|tunnel|\b407\b/i.test(message)) return proxyRefuses(options);
  return undefined;
}

function offline(host: string, code: string, options?: ErrorOptions): ModelError {
  const why = code === '' ? '' : ` (${code})`;
  return new ModelError(
    'ERR_MODEL_OFFLINE',
    `${host} cannot be reached${why}: check the network, VS Code's setting "http.proxy", or set a mirror in "sqlAhead.models.mirror".`,
    options,
  );
}

export function proxyRefuses(options?: ErrorOptions): ModelError {
  return new ModelError(
    'ERR_MODEL_PROXY',
    'The proxy refuses the connection: check VS Code\'s settings "http.proxy" and "http.proxyAuthorization".',
    options,
  );
}

/** The sentence for a failure of the disk. @returns the error itself when the disk is not to blame */
export function diskFailure(error: unknown, folder: string): unknown {
  const code = codeOf(error);
  const options = { cause: error };
  if (code === 'ENOSPC' || code === 'EDQUOT')
    return new ModelError(
      'ERR_MODEL_SPACE',
      `The disk with ${folder} is full: free some space and pick the model again. The part that was downloaded has been removed.`,
      options,
    );
  if (['EACCES', 'EPERM', 'EROFS', 'ENOTDIR'].includes(code))
    return new ModelError(
      'ERR_MODEL_FOLDER',
      `SQL Ahead cannot write to ${folder} (${code}): make the folder writable, or pick a model file that lies elsewhere.`,
      options,
    );
  return error;
}
