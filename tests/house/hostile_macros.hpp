#pragma once
// Names that well-known headers of others define as macros. A public header that uses one of them
// breaks there; here it breaks first.
#define U(x) hostile_macro
#define ERROR hostile_macro
#define OPTIONAL hostile_macro
#define DELETE hostile_macro
#define IN hostile_macro
#define OUT hostile_macro
#define interface hostile_macro
