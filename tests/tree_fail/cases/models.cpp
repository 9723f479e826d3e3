// Structs that are no models.

// case ModelWithAPrivateMember
// says a model is a plain struct, but this class has constructors, private members or virtual functions
class Hidden {
  Weight weight;

 public:
  Weight bias;
};
auto f(const Hidden& model) { return leaves(model); }

// case ModelWithAConstructor
// says a model is a plain struct, but this class has constructors, private members or virtual functions
struct Made {
  Made();
  Weight weight;
};
auto f(const Made& model) { return leaf_names(model); }

// case ModelWithAVirtualFunction
// says a model is a plain struct, but this class has constructors, private members or virtual functions
struct Module {
  virtual Weight forward();
  Weight weight;
};
auto f(const Module& model) { return leaves(model); }

// case ModelWithABaseClass
// says a model is a plain struct, but this one has a base class; make the base a field
struct Wider : Layer {
  Weight bias;
};
auto f(const Wider& model) { return parameters(model); }

// case ModelWithAReference
// says a model is a plain struct, but this one has a reference or another field that {} does not initialise
struct Borrowing {
  Weight& weight;
};
auto f(const Borrowing& model) { return leaves(model); }

// case ModelWithAConstField
// says a model is a plain struct, but this one has a field that cannot be assigned: const or a reference
struct Fixed {
  const int heads;
  Weight weight;
};
auto f(const Fixed& model) { return leaves(model); }

// case ModelOf33Fields
// says a model is a plain struct, but this one has more than 32 fields; group them into structs
struct Large {
  int a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, a13, a14, a15, a16, a17, a18, a19, a20, a21, a22, a23, a24;
  Weight b1, b2, b3, b4, b5, b6, b7, b8, b9;
};
auto f(const Large& model) { return leaves(model); }

// case FieldThatIsNoModel
// says if it is configuration, say so by is_configuration<T> = true
class Hidden {
  Weight weight;

 public:
  Hidden();
};
struct Outer {
  std::vector<Hidden> parts;
};
auto f(const Outer& model) { return leaves(model); }

// case FieldThatOwnsAPartByPointer
// says a model is a plain struct, but this class has constructors, private members or virtual functions
struct Shared {
  std::shared_ptr<Layer> layer;
};
auto f(const Shared& model) { return leaves(model); }

// case FieldDeclaredToBeConfiguration
// compiles
class Settings {
  std::string text_;

 public:
  Settings();
};
struct Outer {
  Settings settings;
  Weight weight;
};
template <> inline constexpr bool tenon::is_configuration<Settings> = true;
auto f(const Outer& model) { return leaves(model); }

// case MapOfTensorsByNumber
// says a map of tensors in a model has keys of type std::string
struct Numbered {
  std::map<int, Weight> layers;
};
auto f(const Numbered& model) { return leaves(model); }

// case MapOfSettingsByNumber
// compiles
struct Numbered {
  std::map<int, int> sizes;
  Weight weight;
};
auto f(const Numbered& model) { return leaves(model); }

// case StateOfAStruct
// says TensorOrArray
State<Layer> x;

// case FrozenNumber
// says TensorOrArray
Frozen<float> x;

// case ZippingTreesOfTwoTypes
// says tree_zip: the trees are of one type
auto f(const Layer& a, const Model& b) {
  return tree_zip([](const auto& x, const auto&) { return x; }, a, b);
}
