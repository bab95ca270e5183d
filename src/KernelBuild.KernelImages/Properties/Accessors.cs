using System.Collections.Frozen;

namespace KernelBuild.KernelImages.Properties;

/// <summary>
/// The kernel's functions that read properties, and which argument names the property (0 for the first). Source: include/linux/of.h,
/// include/linux/property.h.
/// </summary>
internal static class Accessors
{
    public static FrozenDictionary<string, int> All { get; } = ((string[])
    [
        "of_find_property", "of_get_property", "__of_get_property", "of_property_read_bool",
        "of_property_read_u32_index", "of_property_read_u64_index", "of_property_read_u16_index", "of_property_read_u64",
        "of_property_read_variable_u8_array", "of_property_read_variable_u16_array", "of_property_read_variable_u32_array",
        "of_property_read_variable_u64_array",
        "of_property_read_u8_array", "of_property_read_u16_array", "of_property_read_u32_array", "of_property_read_u64_array",
        "of_property_read_string", "of_property_read_string_helper", "of_property_match_string", "of_property_count_elems_of_size",
        "of_parse_phandle", "of_parse_phandle_with_args", "__of_parse_phandle_with_args", "of_parse_phandle_with_args_map",
        "of_parse_phandle_with_fixed_args",
        "of_count_phandle_with_args", "of_get_named_gpio", "of_get_named_gpio_flags",
        "device_property_present", "device_property_read_bool", "device_property_read_u8_array", "device_property_read_u16_array",
        "device_property_read_u32_array",
        "device_property_read_u64_array", "device_property_read_string", "device_property_read_string_array",
        "device_property_match_string",
        "fwnode_property_present", "fwnode_property_read_bool", "fwnode_property_read_u8_array", "fwnode_property_read_u16_array",
        "fwnode_property_read_u32_array",
        "fwnode_property_read_u64_array", "fwnode_property_read_string", "fwnode_property_read_string_array",
        "fwnode_property_match_string",
        "fwnode_property_get_reference_args", "fwnode_find_reference",
    ]).Select(name => KeyValuePair.Create(name, 1)).Append(KeyValuePair.Create("of_map_id", 2)).ToFrozenDictionary(StringComparer.Ordinal);
}
