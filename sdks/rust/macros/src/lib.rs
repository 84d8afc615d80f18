//! The handler attributes of `flux_sdk`, which re-exports and documents them.
//!
//! An attribute keeps the function as it is and adds a module that exports it. The module makes
//! the bindings of one handler interface in the guest's own crate, not in the SDK: the linker
//! would find every world of the SDK, and the component would promise handlers it does not have.

use proc_macro::TokenStream;
use quote::quote;
use syn::spanned::Spanned;
use syn::{ItemFn, parse_macro_input};

/// The handlers need nothing else of the contract, so that this one file is a whole package.
const HANDLERS: &str = include_str!("../wit/handlers.wit");

/// Answers HTTP requests with this function: `fn(Request) -> impl IntoResponse`, which is
/// [`Response`](../flux_sdk/http/struct.Response.html) or a `Result` of it.
#[proc_macro_attribute]
pub fn http_handler(attribute: TokenStream, item: TokenStream) -> TokenStream {
    let function = parse_macro_input!(item as ItemFn);
    if let Err(error) = check(attribute, &function) {
        return error.into_compile_error().into();
    }
    let name = &function.sig.ident;
    let wit = format!("{HANDLERS}\nworld guest-http {{ export http-handler; }}");
    quote! {
        #function

        #[doc(hidden)]
        mod __flux_http_handler {
            ::flux_sdk::__private::wit_bindgen::generate!({
                inline: #wit,
                path: [],
                world: "flux:host/guest-http@0.1.0",
                runtime_path: "::flux_sdk::__private::wit_bindgen::rt",
                with: {
                    "flux:host/http-handler@0.1.0/request": ::flux_sdk::__private::Request,
                    "flux:host/http-handler@0.1.0/response": ::flux_sdk::__private::Response,
                },
                generate_all,
            });

            struct Handler;

            impl exports::flux::host::http_handler::Guest for Handler {
                fn handle(
                    request: ::flux_sdk::__private::Request,
                ) -> ::flux_sdk::__private::Response {
                    ::flux_sdk::__private::IntoResponse::into_response(super::#name(request))
                }
            }

            export!(Handler);
        }
    }
    .into()
}

/// Runs the jobs of queues with this function: `fn(Job) -> impl IntoOutcome`, which is `()` or
/// `Result<(), Failure>`.
#[proc_macro_attribute]
pub fn job_handler(attribute: TokenStream, item: TokenStream) -> TokenStream {
    let function = parse_macro_input!(item as ItemFn);
    if let Err(error) = check(attribute, &function) {
        return error.into_compile_error().into();
    }
    let name = &function.sig.ident;
    let wit = format!("{HANDLERS}\nworld guest-job {{ export job-handler; }}");
    quote! {
        #function

        #[doc(hidden)]
        mod __flux_job_handler {
            ::flux_sdk::__private::wit_bindgen::generate!({
                inline: #wit,
                path: [],
                world: "flux:host/guest-job@0.1.0",
                runtime_path: "::flux_sdk::__private::wit_bindgen::rt",
                with: {
                    "flux:host/job-handler@0.1.0/job": ::flux_sdk::__private::Job,
                    "flux:host/job-handler@0.1.0/failure": ::flux_sdk::__private::Failure,
                },
                generate_all,
            });

            struct Handler;

            impl exports::flux::host::job_handler::Guest for Handler {
                fn run(
                    job: ::flux_sdk::__private::Job,
                ) -> ::core::result::Result<(), ::flux_sdk::__private::Failure> {
                    ::flux_sdk::__private::IntoOutcome::into_outcome(super::#name(job))
                }
            }

            export!(Handler);
        }
    }
    .into()
}

/// Says what is wrong where it is wrong, rather than deep inside the expansion.
fn check(attribute: TokenStream, function: &ItemFn) -> syn::Result<()> {
    let signature = &function.sig;
    if !attribute.is_empty() {
        let text = "this attribute takes no arguments";
        return Err(syn::Error::new(proc_macro2::Span::call_site(), text));
    }
    if let Some(keyword) = &signature.asyncness {
        let text = "a handler is not async: every call to the host returns when it is done";
        return Err(syn::Error::new(keyword.span(), text));
    }
    if !signature.generics.params.is_empty() {
        let text = "a handler has no generic parameters";
        return Err(syn::Error::new(signature.generics.span(), text));
    }
    if signature.inputs.len() != 1 {
        let text = "a handler takes exactly one argument";
        return Err(syn::Error::new(signature.inputs.span(), text));
    }
    Ok(())
}
