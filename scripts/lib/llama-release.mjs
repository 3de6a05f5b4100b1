// The pinned llama.cpp releases and the npm packages that carry them. Data only. To move to another release, change the
// version and every integrity value (`npm view <name>@<version> dist.integrity`), and nothing else. Headers, libraries
// and plugins of one build must be of one release.

/** The source package contains a git bundle with the headers and the full source. */
const source = { name: 'node-llama-cpp', bundle: 'llama/gitRelease.bundle' };

/** The release for Linux, with which this project is developed and tested. */
const current = {
  llamaRelease: 'v0.5.0',
  packageVersion: '3.22.1',
  sourcePackage: {
    ...source,
    integrity:
      'sha512-bltIipuWmc123H7tMIgDGKSsSrhmhlQYeVUC48XTjVW7XGJJiJJyCdlTMzQ/LiWoPkGDpcL4FviDpgw7qfTiDw==',
  },
};

/** The newest release whose packages exist for macOS and Windows. The addon builds with either release. */
const everywhere = {
  llamaRelease: 'v0.4.0',
  packageVersion: '3.21.1',
  sourcePackage: {
    ...source,
    integrity:
      'sha512-E3N0Ev2Va0wzydvXYFwM9Hvyo07PoWjt8T/9GMc43Cvt8YkV/NU/tYUgEMC1grTPv2o9PRjQi0G3Wb5P/awiMg==',
  },
};

/** llama.cpp's tag, the version of the npm packages built from it, and its source package. */
export const { llamaRelease, packageVersion, sourcePackage } = current;

/**
 * The runtime libraries of each target, all of one release. `base` has the libraries that the addon links, and the CPU
 * plugins; each other package adds one GPU plugin. `bundled` backends are staged when they can be downloaded, the
 * others only by `--with <backend>`. A package without an integrity value is refused.
 */
export const targets = {
  'linux-x64': {
    base: {
      name: '@node-llama-cpp/linux-x64',
      integrity:
        'sha512-5uCCDNqWCNfaAm8aR/Uzxbo4HBpKgNF91kCHPepKhgMgV2OAmatoefbOlMihsqCiH2Od35E/eUHQCFbfRBJuOg==',
    },
    bundled: ['vulkan'],
    vulkan: [
      {
        name: '@node-llama-cpp/linux-x64-vulkan',
        integrity:
          'sha512-bBxqU+JOcBu1nb5Qj2zcMci+JByT1E8EajHvYodyNfVIPkEhXh+/HMwR1/BT7xP08YK0hks+kM8fglER0P8JEg==',
      },
    ],
    cuda: [
      {
        name: '@node-llama-cpp/linux-x64-cuda',
        integrity:
          'sha512-8rQCjyNNLZJUFit+YpjwlC4hwkKgOMIkB2wuycKBf8NU2O3ySKbiWZQ8aw9ku2nUTXjSnUIrE6KB88itduTBuA==',
      },
      {
        name: '@node-llama-cpp/linux-x64-cuda-ext',
        integrity:
          'sha512-4e5ajkiM2aR2WAdB/N/ACk4weEhHvOAIrzxZPsIX0xDFW5+6hhShuy1/vs88SK9NGdgAco9IyE28eYS0H1efpA==',
      },
    ],
  },
  'linux-arm64': {
    base: {
      name: '@node-llama-cpp/linux-arm64',
      integrity:
        'sha512-W+7naKCXX9/eEjjFmRS8vvx91QyLXDbeFxexZc3bh/PtQABZgmRL3C0AtYYXn4YGTj/3Qor4lWZn2tpjZFPLdQ==',
    },
    bundled: [],
  },
  'darwin-arm64': {
    release: everywhere,
    base: {
      name: '@node-llama-cpp/mac-arm64-metal',
      integrity:
        'sha512-6MIDAZV7DXD9R1+jEXWJkFuolni3GATGE6mmuyFYc6ZmtOh9djAy15df0T0AXK3sCmVKL+fQcOAWZezxx4MvQQ==',
    },
    bundled: [],
  },
  'darwin-x64': {
    release: everywhere,
    base: {
      name: '@node-llama-cpp/mac-x64',
      integrity:
        'sha512-Q4nyNmbcNiKygBZQZjX+qLk2w3YzoiFpLWsxNURQN7xjyUi2p2rWxjRa7Otg0FrjGf/ri4aQ+X3Uj5Y0zD06eg==',
    },
    bundled: [],
  },
  'win32-x64': {
    release: everywhere,
    base: {
      name: '@node-llama-cpp/win-x64',
      integrity:
        'sha512-JcIpCnra7bAd7JNWA8ehdn2DIRaTMuj+fBC8bw+5rKSNzszWFbuj2XA05c5QHovonDMBLN1ePXE/hcfZtzXoUQ==',
    },
    bundled: ['vulkan'],
    vulkan: [
      {
        name: '@node-llama-cpp/win-x64-vulkan',
        integrity:
          'sha512-HJ237Azh5m4Sz+w3A1IU/fYLaSDOocskcfn2ILTgqTuuORCB86EMnu3Yt/XsNhRHTtEiwz1Q/E0mO4PLIbZLAA==',
      },
    ],
    cuda: [
      {
        name: '@node-llama-cpp/win-x64-cuda',
        integrity:
          'sha512-PLz70neFEMkQTlmJqG1ujUtCSgHasLPMxQ9rLkqQVmZYAXqkRj+45TIHCjdn3XqUeaoun0vrO9rRaxZ8NVq9jg==',
      },
      {
        name: '@node-llama-cpp/win-x64-cuda-ext',
        integrity:
          'sha512-L2MxLVEYPDDe4O8EDWPmX6brldc9+Vt9hNoT/anj3pSnmrjkQcmaoKhHs6oP5qhEhb5Uog0rj6lgzNGtJO3p9Q==',
      },
    ],
  },
  'win32-arm64': {
    release: everywhere,
    base: {
      name: '@node-llama-cpp/win-arm64',
      integrity:
        'sha512-/UDR7Y0B8iKfc/tqxBmWkcgRdZQ9Wrkwod7fYl4J6iZXcTIj286RkHvZSED7VMY67TrcUXVvxJVMNFtmjeYnDg==',
    },
    bundled: [],
  },
};

/** The release that a target's packages belong to. */
export function releaseOf(target) {
  return targets[target]?.release ?? current;
}
