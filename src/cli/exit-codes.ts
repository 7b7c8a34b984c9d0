/** What a command's exit code says; scripts rely on them. */
export const EXIT_CODES = {
  ok: { code: 0, means: "It is done." },
  runEnded: {
    code: 1,
    means: "The run that was waited for failed or was canceled, or perdure check found what to mend.",
  },
  usage: { code: 2, means: "The command line is not right, or Node is too old." },
  refused: {
    code: 3,
    means:
      "Perdure refused, or perdure doctor found what would fail: it says why, and what to do. Or nobody reads its output any more.",
  },
  unreachable: {
    code: 4,
    means: "No server is configured or running, none answered, or it did not accept the secret key.",
  },
} as const;

export type ExitCode = (typeof EXIT_CODES)[keyof typeof EXIT_CODES]["code"];
