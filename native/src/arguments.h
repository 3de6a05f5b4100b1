// Reads JavaScript arguments with checks. A wrong type or range becomes ERR_ARGUMENT, so that no argument reaches one
// of llama.cpp's assertions, which end the process.
#pragma once

#include "errors.h"

#include <cmath>
#include <string>

namespace sqlahead {

inline int32_t integer(const Napi::Value & value, const char * name, double min, double max) {
    if (!value.IsNumber()) {
        throw Failure(code::argument, std::string("Pass a number as ") + name + ".");
    }
    double number = value.As<Napi::Number>().DoubleValue();
    if (!(number >= min && number <= max) || number != std::floor(number)) {
        throw Failure(code::argument, std::string("Pass a whole number from ") + std::to_string(static_cast<int64_t>(min)) + " to " +
                                          std::to_string(static_cast<int64_t>(max)) + " as " + name + ", not " +
                                          value.ToString().Utf8Value() + ".");
    }
    return static_cast<int32_t>(number);
}

inline std::string text(const Napi::Value & value, const char * name) {
    if (!value.IsString()) {
        throw Failure(code::argument, std::string("Pass a string as ") + name + ".");
    }
    return value.As<Napi::String>().Utf8Value();
}

inline Napi::Object object(const Napi::Value & value, const char * name) {
    if (!value.IsObject()) {
        throw Failure(code::argument, std::string("Pass an object as ") + name + ".");
    }
    return value.As<Napi::Object>();
}

inline bool boolean(const Napi::Value & value, const char * name, bool otherwise) {
    if (value.IsUndefined()) {
        return otherwise;
    }
    if (!value.IsBoolean()) {
        throw Failure(code::argument, std::string("Pass true or false as ") + name + ".");
    }
    return value.As<Napi::Boolean>().Value();
}

/** An Int32Array's values. */
inline Napi::Int32Array int32_array(const Napi::Value & value, const char * name) {
    if (!value.IsTypedArray() || value.As<Napi::TypedArray>().TypedArrayType() != napi_int32_array) {
        throw Failure(code::argument, std::string("Pass an Int32Array as ") + name + ".");
    }
    return value.As<Napi::Int32Array>();
}

inline Napi::Uint8Array uint8_array(const Napi::Value & value, const char * name) {
    if (!value.IsTypedArray() || value.As<Napi::TypedArray>().TypedArrayType() != napi_uint8_array) {
        throw Failure(code::argument, std::string("Pass a Uint8Array as ") + name + ".");
    }
    return value.As<Napi::Uint8Array>();
}

} // namespace sqlahead
