// Our own scripts: those of the maps are plain scripts beside Leaflet, those of Streamlit components are modules.
import js from "@eslint/js";
import globals from "globals";

const rules = {
  ...js.configs.recommended.rules,
  "array-callback-return": "error",
  "consistent-return": "error",
  eqeqeq: ["error", "always", { null: "ignore" }],
  "no-eval": "error",
  "no-implied-eval": "error",
  "no-loop-func": "error",
  "no-self-compare": "error",
  "no-shadow": "error",
  "no-unused-expressions": "error",
  "no-use-before-define": ["error", { functions: false, variables: false }],
  "no-unused-vars": ["error", { args: "after-used", caughtErrors: "none" }],
};

export default [
  { linterOptions: { reportUnusedDisableDirectives: "error" } },
  {
    files: ["lulc_core/ui/map/assets/*.js"],
    languageOptions: { sourceType: "script", globals: { ...globals.browser, L: "readonly", LULC: "writable" } },
    rules: { ...rules, "no-redeclare": ["error", { builtinGlobals: false }] },
  },
  {
    files: ["lulc_core/ui/address.js", "lulc_core/ui/focus.js"],
    languageOptions: { sourceType: "script", globals: globals.browser },
    rules: { ...rules, "no-var": "error", "prefer-const": "error" },
  },
  {
    files: ["lulc_core/ui/model/*.js", "lulc_core/ui/report/*.js"],
    languageOptions: { sourceType: "module", globals: globals.browser },
    rules: { ...rules, "no-var": "error", "prefer-const": "error" },
  },
];
