/** The status as text: a line for the status bar, lines for its tooltip, one for screen readers. No VS Code here. */
import type { Status } from '../../../server/src/protocol';

const noSchema =
  'none: not one database and no DDL file in the workspace folder; SQL Ahead: Pick a Connection chooses';

/** The status bar's text, with names of VS Code's icons. @param ghostText false when the settings turn it off */
export function statusText(status: Status, ghostText = true): string {
  switch (status.engine) {
    case 'starting':
      return '$(loading~spin) SQL Ahead: starting';
    case 'restarting':
      return '$(loading~spin) SQL Ahead: restarting';
    case 'loading':
      return `$(loading~spin) SQL Ahead: loading ${percent(status.progress)}`;
    case 'failed':
      return '$(warning) SQL Ahead: no model';
    case 'ready': {
      const parts = [status.model ?? 'SQL Ahead'];
      if (status.schema === '') parts.push('no schema');
      if (!ghostText) parts.push('ghost text off');
      if (status.cachedTokens !== undefined) parts.push(`${thousands(status.cachedTokens)} tokens cached`);
      if (status.lastLatencyMs !== undefined) parts.push(`${Math.round(status.lastLatencyMs)} ms`);
      return `$(${status.problem === undefined ? 'database' : 'warning'}) ${parts.join(' · ')}`;
    }
  }
}

/** The tooltip's lines, each a label and a value. A problem comes first. */
export function statusDetails(status: Status): readonly (readonly [label: string, value: string])[] {
  const lines: (readonly [string, string])[] = [];
  if (status.problem !== undefined) lines.push(['Problem', status.problem]);
  lines.push(['Schema', status.schema || noSchema]);
  if (status.model !== undefined) lines.push(['Model', status.model]);
  if (status.backend !== undefined)
    lines.push(['Runs on', [status.backend, status.backendReason].filter(Boolean).join(': ')]);
  const cache = [
    ...(status.cachedTokens === undefined ? [] : [`${thousands(status.cachedTokens)} tokens`]),
    ...(status.cacheTypes === undefined ? [] : [status.cacheTypes]),
  ];
  if (cache.length > 0) lines.push(['KV cache', cache.join('; ')]);
  if (status.lastLatencyMs !== undefined)
    lines.push(['Last answer', `${Math.round(status.lastLatencyMs)} ms`]);
  return lines;
}

/** The same for a screen reader: no names of icons, no Markdown. */
export function statusLabel(status: Status): string {
  const text = statusText(status).replace(/\$\([^)]*\) /, '');
  const name = text.startsWith('SQL Ahead') ? text : `SQL Ahead: ${text}`;
  const details = statusDetails(status).map(([label, value]) => `${label}: ${value.replace(/\.$/, '')}`);
  return [name, ...details].join('. ');
}

/** Why a question got no statement, in one sentence that says what to do. */
export function noAnswer(status: Status): string {
  if (status.engine === 'failed') return status.problem ?? 'The model could not be loaded; the log says why.';
  if (status.engine !== 'ready') return 'The model is not ready yet; press Enter again in a moment.';
  return 'The model found no statement for this question; name the tables and columns that it is about.';
}

function percent(progress = 0): string {
  return `${Math.round(progress * 100)} %`;
}

function thousands(count: number): string {
  return count.toLocaleString('en-US');
}
