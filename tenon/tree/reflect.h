// Reflection over plain structs: how many fields a struct has, what they are called, and the fields themselves.
//
// A struct is looked at through what the language gives to every aggregate, initialisation by braces and structured
// bindings; nothing is registered.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

namespace tenon {

/// The most fields that a struct may have.
inline constexpr int max_fields = 32;

namespace detail {

// The largest n for which T{{}, {}, ...} with n pairs of braces is an initialisation. Each pair initialises one field,
// whatever it is: braces around an initialiser are never spread over the elements of an array or of a nested struct.
// -1: not even T{} is one. max_fields + 1: too many.
// clang-format off
template <class T>
constexpr int count_fields() {
  if constexpr (!requires { T{}; }) return -1;
  else if constexpr (!requires { T{{}}; }) return 0;
  else if constexpr (!requires { T{{},{}}; }) return 1;
  else if constexpr (!requires { T{{},{},{}}; }) return 2;
  else if constexpr (!requires { T{{},{},{},{}}; }) return 3;
  else if constexpr (!requires { T{{},{},{},{},{}}; }) return 4;
  else if constexpr (!requires { T{{},{},{},{},{},{}}; }) return 5;
  else if constexpr (!requires { T{{},{},{},{},{},{},{}}; }) return 6;
  else if constexpr (!requires { T{{},{},{},{},{},{},{},{}}; }) return 7;
  else if constexpr (!requires { T{{},{},{},{},{},{},{},{},{}}; }) return 8;
  else if constexpr (!requires { T{{},{},{},{},{},{},{},{},{},{}}; }) return 9;
  else if constexpr (!requires { T{{},{},{},{},{},{},{},{},{},{},{}}; }) return 10;
  else if constexpr (!requires { T{{},{},{},{},{},{},{},{},{},{},{},{}}; }) return 11;
  else if constexpr (!requires { T{{},{},{},{},{},{},{},{},{},{},{},{},{}}; }) return 12;
  else if constexpr (!requires { T{{},{},{},{},{},{},{},{},{},{},{},{},{},{}}; }) return 13;
  else if constexpr (!requires { T{{},{},{},{},{},{},{},{},{},{},{},{},{},{},{}}; }) return 14;
  else if constexpr (!requires { T{{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{}}; }) return 15;
  else if constexpr (!requires { T{{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{}}; }) return 16;
  else if constexpr (!requires { T{{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{}}; }) return 17;
  else if constexpr (!requires { T{{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{}}; }) return 18;
  else if constexpr (!requires { T{{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{}}; }) return 19;
  else if constexpr (!requires { T{{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{}}; }) return 20;
  else if constexpr (!requires { T{{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{}}; }) return 21;
  else if constexpr (!requires { T{{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{}}; }) return 22;
  else if constexpr (!requires {
    T{{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{}};
  }) return 23;
  else if constexpr (!requires {
    T{{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{}};
  }) return 24;
  else if constexpr (!requires {
    T{{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{}};
  }) return 25;
  else if constexpr (!requires {
    T{{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{}};
  }) return 26;
  else if constexpr (!requires {
    T{{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{}};
  }) return 27;
  else if constexpr (!requires {
    T{{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{}};
  }) return 28;
  else if constexpr (!requires {
    T{{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{}};
  }) return 29;
  else if constexpr (!requires {
    T{{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{}};
  }) return 30;
  else if constexpr (!requires {
    T{{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{}};
  }) return 31;
  else if constexpr (!requires {
    T{{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{}};
  }) return 32;
  else return max_fields + 1;
}
// clang-format on

struct ConvertsToNothing {};

template <class T>
struct ConvertsToBases {
  template <class Base>
    requires(std::is_base_of_v<Base, T> && !std::is_same_v<Base, T>)
  operator Base() const;
};

// The first initialiser of a struct with a base class is the base's. A first field that takes anything (std::any) takes
// ConvertsToNothing too.
template <class T>
inline constexpr bool has_base =
    requires { T{std::declval<ConvertsToBases<T>>()}; } && !requires { T{std::declval<ConvertsToNothing>()}; };

enum class Reflection { works, no_aggregate, base_class, unmade_field, fixed_field, too_many_fields, numbered_keys };

template <class T>
constexpr Reflection reflection_of() {
  if constexpr (!std::is_class_v<T> || !std::is_aggregate_v<T>) {
    return Reflection::no_aggregate;
  } else if constexpr (has_base<T>) {
    return Reflection::base_class;
  } else {
    constexpr int count = count_fields<T>();
    if (count < 0) return Reflection::unmade_field;
    if (count > max_fields) return Reflection::too_many_fields;
    return std::is_move_assignable_v<T> ? Reflection::works : Reflection::fixed_field;
  }
}

template <class T>
inline constexpr Reflection reflection = reflection_of<T>();

}  // namespace detail

/// Whether T is a struct that can be looked into: an aggregate (no constructors, private members or virtual functions)
/// without base classes, of at most 32 fields, none of them const, a reference, or impossible to make from {}.
template <class T>
inline constexpr bool is_reflectable = detail::reflection<T> == detail::Reflection::works;

namespace detail {

// A compile error that says why T cannot be looked into.
template <class T, Reflection found = reflection<T>>
constexpr bool require_reflectable() {
  static_assert(found != Reflection::no_aggregate,
                "a model is a plain struct, but this class has constructors, private members or virtual functions; "
                "if it is configuration, say so by is_configuration<T> = true");
  static_assert(found != Reflection::base_class,
                "a model is a plain struct, but this one has a base class; make the base a field");
  static_assert(found != Reflection::unmade_field,
                "a model is a plain struct, but this one has a reference or another field that {} does not initialise");
  static_assert(found != Reflection::fixed_field,
                "a model is a plain struct, but this one has a field that cannot be assigned: const or a reference");
  static_assert(found != Reflection::too_many_fields,
                "a model is a plain struct, but this one has more than 32 fields; group them into structs");
  static_assert(found != Reflection::numbered_keys, "a map of tensors in a model has keys of type std::string");
  return found == Reflection::works;
}

}  // namespace detail

/// The number of fields of a struct. A compile error says why when there is no telling: see is_reflectable.
template <class T>
constexpr int field_count() {
  if constexpr (detail::require_reflectable<T>())
    return detail::count_fields<T>();
  else
    return 0;
}

namespace detail {

// References to fields, as a std::tuple of them, which takes many times as long to compile.
template <std::size_t place, class T>
struct FieldPlace {
  T& field;
};
template <class Places, class... T>
struct Fields;
template <std::size_t... place, class... T>
struct Fields<std::index_sequence<place...>, T...> : FieldPlace<place, T>... {};

template <std::size_t place, class T>
constexpr T& field_at(const FieldPlace<place, T>& found) {
  return found.field;
}

struct AsFields {
  template <class... T>
  static constexpr Fields<std::index_sequence_for<T...>, T...> of(T&... field) {
    return {{field}...};
  }
};
struct AsTuple {
  template <class... T>
  static constexpr std::tuple<T&...> of(T&... field) {
    return {field...};
  }
};

// The fields of a struct, in their order, as AsFields or AsTuple has them.
// clang-format off
template <class Tied, class T>
constexpr auto tied_fields(T& object) {
  constexpr int count = field_count<std::remove_const_t<T>>();
  if constexpr (count == 0) return Tied::of();
  else if constexpr (count == 1) { auto& [a] = object; return Tied::of(a); }
  else if constexpr (count == 2) { auto& [a,b] = object; return Tied::of(a,b); }
  else if constexpr (count == 3) { auto& [a,b,c] = object; return Tied::of(a,b,c); }
  else if constexpr (count == 4) { auto& [a,b,c,d] = object; return Tied::of(a,b,c,d); }
  else if constexpr (count == 5) { auto& [a,b,c,d,e] = object; return Tied::of(a,b,c,d,e); }
  else if constexpr (count == 6) { auto& [a,b,c,d,e,f] = object; return Tied::of(a,b,c,d,e,f); }
  else if constexpr (count == 7) { auto& [a,b,c,d,e,f,g] = object; return Tied::of(a,b,c,d,e,f,g); }
  else if constexpr (count == 8) { auto& [a,b,c,d,e,f,g,h] = object; return Tied::of(a,b,c,d,e,f,g,h); }
  else if constexpr (count == 9) { auto& [a,b,c,d,e,f,g,h,i] = object; return Tied::of(a,b,c,d,e,f,g,h,i); }
  else if constexpr (count == 10) { auto& [a,b,c,d,e,f,g,h,i,j] = object; return Tied::of(a,b,c,d,e,f,g,h,i,j); }
  else if constexpr (count == 11) { auto& [a,b,c,d,e,f,g,h,i,j,k] = object; return Tied::of(a,b,c,d,e,f,g,h,i,j,k); }
  else if constexpr (count == 12) {
    auto& [a,b,c,d,e,f,g,h,i,j,k,l] = object;
    return Tied::of(a,b,c,d,e,f,g,h,i,j,k,l);
  }
  else if constexpr (count == 13) {
    auto& [a,b,c,d,e,f,g,h,i,j,k,l,m] = object;
    return Tied::of(a,b,c,d,e,f,g,h,i,j,k,l,m);
  }
  else if constexpr (count == 14) {
    auto& [a,b,c,d,e,f,g,h,i,j,k,l,m,n] = object;
    return Tied::of(a,b,c,d,e,f,g,h,i,j,k,l,m,n);
  }
  else if constexpr (count == 15) {
    auto& [a,b,c,d,e,f,g,h,i,j,k,l,m,n,o] = object;
    return Tied::of(a,b,c,d,e,f,g,h,i,j,k,l,m,n,o);
  }
  else if constexpr (count == 16) {
    auto& [a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p] = object;
    return Tied::of(a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p);
  }
  else if constexpr (count == 17) {
    auto& [a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q] = object;
    return Tied::of(a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q);
  }
  else if constexpr (count == 18) {
    auto& [a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r] = object;
    return Tied::of(a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r);
  }
  else if constexpr (count == 19) {
    auto& [a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,s] = object;
    return Tied::of(a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,s);
  }
  else if constexpr (count == 20) {
    auto& [a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,s,t] = object;
    return Tied::of(a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,s,t);
  }
  else if constexpr (count == 21) {
    auto& [a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,s,t,u] = object;
    return Tied::of(a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,s,t,u);
  }
  else if constexpr (count == 22) {
    auto& [a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,s,t,u,v] = object;
    return Tied::of(a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,s,t,u,v);
  }
  else if constexpr (count == 23) {
    auto& [a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,s,t,u,v,w] = object;
    return Tied::of(a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,s,t,u,v,w);
  }
  else if constexpr (count == 24) {
    auto& [a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,s,t,u,v,w,x] = object;
    return Tied::of(a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,s,t,u,v,w,x);
  }
  else if constexpr (count == 25) {
    auto& [a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,s,t,u,v,w,x,y] = object;
    return Tied::of(a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,s,t,u,v,w,x,y);
  }
  else if constexpr (count == 26) {
    auto& [a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,s,t,u,v,w,x,y,z] = object;
    return Tied::of(a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,s,t,u,v,w,x,y,z);
  }
  else if constexpr (count == 27) {
    auto& [a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,s,t,u,v,w,x,y,z,A] = object;
    return Tied::of(a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,s,t,u,v,w,x,y,z,A);
  }
  else if constexpr (count == 28) {
    auto& [a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,s,t,u,v,w,x,y,z,A,B] = object;
    return Tied::of(a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,s,t,u,v,w,x,y,z,A,B);
  }
  else if constexpr (count == 29) {
    auto& [a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,s,t,u,v,w,x,y,z,A,B,C] = object;
    return Tied::of(a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,s,t,u,v,w,x,y,z,A,B,C);
  }
  else if constexpr (count == 30) {
    auto& [a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,s,t,u,v,w,x,y,z,A,B,C,D] = object;
    return Tied::of(a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,s,t,u,v,w,x,y,z,A,B,C,D);
  }
  else if constexpr (count == 31) {
    auto& [a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,s,t,u,v,w,x,y,z,A,B,C,D,E] = object;
    return Tied::of(a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,s,t,u,v,w,x,y,z,A,B,C,D,E);
  }
  else if constexpr (count == 32) {
    auto& [a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,s,t,u,v,w,x,y,z,A,B,C,D,E,F] = object;
    return Tied::of(a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,s,t,u,v,w,x,y,z,A,B,C,D,E,F);
  }
}
// clang-format on

template <class T>
constexpr auto fields_of(T& object) {
  return tied_fields<AsFields>(object);
}

}  // namespace detail

/// References to the fields of a struct, in their order: std::tuple<A&, B&, ...>, of const when the struct is const.
template <class T>
constexpr auto tie_fields(T& object) {
  return detail::tied_fields<detail::AsTuple>(object);
}

namespace detail {

// A place for a T that is never made: its fields have addresses, which have names.
template <class T>
union Unmade {
  char nothing;
  T value;
  constexpr Unmade() : nothing{} {}
  constexpr ~Unmade() {}
};
template <class T>
inline constexpr Unmade<T> unmade{};

// clang takes a pointer to a field as a template argument only when it is a member of something.
template <class Pointer>
struct FieldAddress {
  Pointer pointer;
};

template <class T, std::size_t field>
constexpr auto field_address() {
  return FieldAddress{&field_at<field>(fields_of(unmade<T>.value))};
}

// The compiler's own text for this function ends in the field's name:
//   g++      [with auto address = FieldAddress<const int*>{(& unmade<Model>.Unmade<Model>::value.Model::name)}; ...]
//   clang++  [address = FieldAddress<const int *>{&unmade.value.name}]
template <auto address>
constexpr std::string_view field_name_text() {
  std::string_view text = __PRETTY_FUNCTION__;
#ifdef __clang__
  text = text.substr(0, text.rfind('}'));
#else
  text = text.substr(0, text.find(")}"));
#endif
  const std::size_t before = text.find_last_of(".:");
  return text.substr(before + 1);
}

template <class T, std::size_t... field>
constexpr auto names_of_fields(std::index_sequence<field...>) {
  return std::array<std::string_view, sizeof...(field)>{field_name_text<field_address<T, field>()>()...};
}

}  // namespace detail

/// The names of the fields of a struct, in their order: std::array<std::string_view, field_count<T>()>.
template <class T>
inline constexpr auto field_names =
    detail::names_of_fields<T>(std::make_index_sequence<static_cast<std::size_t>(field_count<T>())>());

}  // namespace tenon
