/** Lint rules: typescript-eslint's strictest set everywhere, the house rules of CONTRIBUTING.md in lib/. */
import { builtinModules } from 'node:module'
import js from '@eslint/js'
import { defineConfig, globalIgnores } from 'eslint/config'
import tseslint from 'typescript-eslint'

/**
 * The only way round a rule in lib/: comments that disable rules have no effect there.
 * @type {{ file: string, rule: string, reason: string }[]}
 */
const exceptions = [
  {
    file: 'lib/cli/routes/application.ts',
    rule: 'no-restricted-syntax',
    reason: 'It imports the module of the user, whose name only the user knows.',
  },
]

/** @type {import('eslint').Linter.RulesRecord} */
const everywhere = {
  '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'separate-type-imports' }],
  '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
  '@typescript-eslint/no-import-type-side-effects': 'error',
  // 'Register' is there to be augmented, and Express looks for its request type in a namespace.
  '@typescript-eslint/no-empty-object-type': ['error', { allowWithName: '^Register$' }],
  '@typescript-eslint/no-namespace': ['error', { allowDeclarations: true }],
  '@typescript-eslint/no-unnecessary-condition': [
    'error',
    { allowConstantLoopConditions: 'only-allowed-literals' },
  ],
  // A default may be written out where it says more, and a parameter that a handler is inferred by may stand once.
  '@typescript-eslint/no-unnecessary-type-arguments': 'off',
  '@typescript-eslint/no-unnecessary-type-parameters': 'off',
  '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', ignoreRestSiblings: true }],
  '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
  // An interface may ask for a promise where the answer is at hand.
  '@typescript-eslint/require-await': 'off',
  eqeqeq: 'error',
  // Control characters are what hostile input is searched for.
  'no-control-regex': 'off',
  'object-shorthand': 'error',
  // A generator may be there only to fail when it is read.
  'require-yield': 'off',
  'prefer-const': 'error',
  // tsc finds unknown names, and knows the globals of Node.
  'no-undef': 'off',
}

/** @satisfies {import('eslint').Linter.RulesRecord} */
const sizes = {
  'max-lines': ['error', { max: 200 }],
  'max-lines-per-function': ['error', { max: 40, skipBlankLines: true, skipComments: true }],
  'max-params': ['error', 4],
  complexity: ['error', 12],
}

const environmentRead = 'lib/ reads no environment: the caller passes options.'

/** @type {import('eslint').Linter.RulesRecord} */
const houseRules = {
  ...sizes,
  '@typescript-eslint/ban-ts-comment': [
    'error',
    { 'ts-expect-error': true, 'ts-ignore': true, 'ts-nocheck': true, 'ts-check': true },
  ],
  '@typescript-eslint/no-explicit-any': 'error',
  '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
  'no-console': 'error',
  'no-param-reassign': 'error',
  'no-restricted-imports': [
    'error',
    {
      paths: [
        ...['process', 'node:process'].map((name) => ({ name, message: environmentRead })),
        ...builtinModules
          .filter((name) => name !== 'process' && !name.startsWith('node:'))
          .map((name) => ({ name, message: `Write 'node:${name}'.` })),
      ],
    },
  ],
  'no-restricted-syntax': [
    'error',
    { selector: 'TSEnumDeclaration', message: "Use an 'as const' list and derive the type." },
    { selector: 'ExportDefaultDeclaration', message: 'Export by name.' },
    { selector: 'ExportSpecifier[exported.name="default"]', message: 'Export by name.' },
    { selector: 'ExportAllDeclaration', message: 'Name what is exported.' },
    // Holes in the rules of scripts/arrows: imports that they cannot read or take for type imports.
    { selector: "ImportExpression[source.type!='Literal']", message: 'Import a literal specifier.' },
    {
      selector:
        ":matches(ImportDeclaration[importKind!='type'], ExportNamedDeclaration[source])[specifiers.length=0][source.value!=/^\\./]",
      message: 'This loads a package for nothing.',
    },
    {
      selector: "ExportNamedDeclaration[source] > ExportSpecifier[exportKind='type']",
      message: "Use a whole 'export type': this one loads the module.",
    },
    {
      selector:
        'MemberExpression[object.name="process"]:matches([property.name="env"], [property.value="env"])',
      message: environmentRead,
    },
    {
      selector: 'VariableDeclarator[init.name="process"] Property[key.name="env"]',
      message: environmentRead,
    },
  ],
}

export default defineConfig(
  globalIgnores(['dist/', 'coverage/', '.cache/']),
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  {
    files: ['{lib,demo,scripts,__tests__}/**/*.{ts,js}', '*.js'],
    extends: [js.configs.recommended, tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: everywhere,
  },
  {
    files: ['lib/**'],
    linterOptions: { noInlineConfig: true },
    rules: houseRules,
  },
  {
    // The demo uses the package as a user does.
    files: ['demo/**'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              group: ['**/lib/**', '!oidc-provider/lib/**'],
              message: 'Import the public entries of the package.',
            },
          ],
        },
      ],
    },
  },
  { files: ['scripts/**'], rules: { 'max-lines': sizes['max-lines'], 'max-params': sizes['max-params'] } },
  {
    // Tests hand in wrong types on purpose and read JSON answers as they come.
    files: ['__tests__/**'],
    rules: {
      '@typescript-eslint/no-confusing-void-expression': 'off',
      '@typescript-eslint/no-explicit-any': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      '@typescript-eslint/restrict-template-expressions': 'off',
      '@typescript-eslint/unbound-method': 'off',
      'no-restricted-imports': [
        'error',
        {
          paths: [
            {
              name: 'node:crypto',
              importNames: ['generateKeyPairSync', 'generateKeyPair'],
              message:
                'In Node 20, exporting such a key as a JWK may hang for ever: use generatePair() of support/key-pairs.',
            },
          ],
        },
      ],
    },
  },
  exceptions.map(({ file, rule }) => ({ files: [file], rules: { [rule]: 'off' } })),
)
