//! `#[derive(Encode, Decode)]` for the types that wasmtime's `bindgen!` makes from wit/.
//!
//! A struct is a record, an enum a variant. Names are the contract's: taken from bindgen's
//! `#[component(name = "...")]` where it stands, else the Rust name in kebab case.

use proc_macro::TokenStream;
use proc_macro2::TokenStream as Tokens;
use quote::quote;
use syn::{Attribute, Data, DataEnum, DeriveInput, Fields, Ident, LitStr, parse_macro_input};

/// Derives `flux_recorder::Encode`.
#[proc_macro_derive(Encode)]
pub fn encode(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    let name = &input.ident;
    let body = match &input.data {
        Data::Struct(data) => encode_record(&data.fields),
        Data::Enum(data) => encode_variant(data),
        Data::Union(_) => return unsupported(&input),
    };
    quote! {
        impl ::flux_recorder::Encode for #name {
            fn encode(&self, out: &mut ::std::vec::Vec<u8>) { #body }
        }
    }
    .into()
}

/// Derives `flux_recorder::Decode`.
#[proc_macro_derive(Decode)]
pub fn decode(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    let name = &input.ident;
    let body = match &input.data {
        Data::Struct(data) => decode_record(name, &data.fields),
        Data::Enum(data) => decode_variant(name, data),
        Data::Union(_) => return unsupported(&input),
    };
    quote! {
        impl ::flux_recorder::Decode for #name {
            fn decode(input: &mut ::flux_recorder::Reader<'_>)
                -> ::std::result::Result<Self, ::flux_recorder::DecodeError> { #body }
        }
    }
    .into()
}

fn unsupported(input: &DeriveInput) -> TokenStream {
    syn::Error::new_spanned(input, "a union has no canonical form").to_compile_error().into()
}

fn encode_record(fields: &Fields) -> Tokens {
    let count = fields.len() as u64;
    let fields = fields.iter().filter_map(|field| {
        let ident = field.ident.as_ref()?;
        let name = contract_name(&field.attrs, ident);
        Some(quote! {
            ::flux_recorder::canonical::put_name(out, #name);
            ::flux_recorder::Encode::encode(&self.#ident, out);
        })
    });
    quote! {
        out.push(::flux_recorder::canonical::tag::RECORD);
        ::flux_recorder::canonical::put_varint(out, #count);
        #(#fields)*
    }
}

fn decode_record(type_name: &Ident, fields: &Fields) -> Tokens {
    let count = fields.len() as u64;
    let expected = type_name.to_string();
    let fields = fields.iter().filter_map(|field| {
        let ident = field.ident.as_ref()?;
        let name = contract_name(&field.attrs, ident);
        Some(quote! { #ident: { input.field(#name)?; ::flux_recorder::Decode::decode(input)? } })
    });
    quote! {
        input.expect(::flux_recorder::canonical::tag::RECORD, #expected)?;
        let at = input.position();
        if input.varint()? != #count {
            return Err(::flux_recorder::DecodeError::Invalid { what: #expected, at });
        }
        input.nested(|input| Ok(Self { #(#fields),* }))
    }
}

fn encode_variant(data: &DataEnum) -> Tokens {
    let arms = data.variants.iter().map(|variant| {
        let ident = &variant.ident;
        let name = contract_name(&variant.attrs, ident);
        match variant.fields {
            Fields::Unit => quote! { Self::#ident => {
                out.push(::flux_recorder::canonical::tag::ENUM);
                ::flux_recorder::canonical::put_name(out, #name);
            } },
            _ => quote! { Self::#ident(payload) => {
                out.push(::flux_recorder::canonical::tag::VARIANT);
                ::flux_recorder::canonical::put_name(out, #name);
                ::flux_recorder::Encode::encode(payload, out);
            } },
        }
    });
    quote! { match self { #(#arms)* } }
}

fn decode_variant(type_name: &Ident, data: &DataEnum) -> Tokens {
    let expected = type_name.to_string();
    let arms = data.variants.iter().map(|variant| {
        let ident = &variant.ident;
        let name = contract_name(&variant.attrs, ident);
        match variant.fields {
            Fields::Unit => quote! { (::flux_recorder::canonical::tag::ENUM, #name) => Ok(Self::#ident), },
            _ => quote! { (::flux_recorder::canonical::tag::VARIANT, #name) =>
            input.nested(|input| ::flux_recorder::Decode::decode(input).map(Self::#ident)), },
        }
    });
    quote! {
        let at = input.position();
        let tag = input.byte()?;
        if tag != ::flux_recorder::canonical::tag::ENUM && tag != ::flux_recorder::canonical::tag::VARIANT {
            return Err(::flux_recorder::DecodeError::Unexpected { expected: #expected, found: tag, at });
        }
        match (tag, input.name()?) {
            #(#arms)*
            (_, name) => Err(::flux_recorder::DecodeError::UnknownName {
                expected: #expected, name: name.to_owned() }),
        }
    }
}

/// The name in the contract: of bindgen's attribute, else the identifier in kebab case.
fn contract_name(attributes: &[Attribute], ident: &Ident) -> String {
    let mut name = None;
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("component")) {
        let read = attribute.parse_nested_meta(|meta| {
            if meta.path.is_ident("name") {
                name = Some(meta.value()?.parse::<LitStr>()?.value());
            }
            Ok(())
        });
        // An attribute of another shape is wasmtime's to judge.
        drop(read);
    }
    name.unwrap_or_else(|| kebab(&ident.to_string()))
}

fn kebab(ident: &str) -> String {
    let mut name = String::with_capacity(ident.len() + 4);
    for letter in ident.trim_start_matches("r#").chars() {
        if letter == '_' {
            name.push('-');
        } else if letter.is_uppercase() {
            if !name.is_empty() {
                name.push('-');
            }
            name.extend(letter.to_lowercase());
        } else {
            name.push(letter);
        }
    }
    name
}
