using System.Collections.Frozen;

namespace KernelBuild.KernelImages.Properties;

/// <summary>
/// Functions of headers that are always inlined, so that no kernel has them, and what they call: that is what to ask for. Which of several
/// depends on the version. Source: include/linux/of.h, include/linux/property.h, include/linux/iommu.h.
/// </summary>
public static class InlinedAccessors
{
    private static readonly FrozenDictionary<string, string[]> Callees = new Dictionary<string, string[]>(StringComparer.Ordinal)
    {
        ["of_property_read_bool"] = ["of_find_property"],
        ["of_property_present"] = ["of_property_read_bool", "of_find_property"],
        ["of_property_read_u8"] = ["of_property_read_variable_u8_array"],
        ["of_property_read_u16"] = ["of_property_read_variable_u16_array"],
        ["of_property_read_u32"] = ["of_property_read_variable_u32_array"],
        ["of_property_read_s32"] = ["of_property_read_variable_u32_array"],
        ["of_property_read_u8_array"] = ["of_property_read_variable_u8_array"],
        ["of_property_read_u16_array"] = ["of_property_read_variable_u16_array"],
        ["of_property_read_u32_array"] = ["of_property_read_variable_u32_array"],
        ["of_property_read_u64_array"] = ["of_property_read_variable_u64_array"],
        ["of_property_read_string_array"] = ["of_property_read_string_helper"],
        ["of_property_read_string_index"] = ["of_property_read_string_helper"],
        ["of_property_count_strings"] = ["of_property_read_string_helper"],
        ["of_property_count_u8_elems"] = ["of_property_count_elems_of_size"],
        ["of_property_count_u16_elems"] = ["of_property_count_elems_of_size"],
        ["of_property_count_u32_elems"] = ["of_property_count_elems_of_size"],
        ["of_property_count_u64_elems"] = ["of_property_count_elems_of_size"],
        ["of_parse_phandle"] = ["__of_parse_phandle_with_args"],
        ["of_parse_phandle_with_args"] = ["__of_parse_phandle_with_args"],
        ["of_parse_phandle_with_fixed_args"] = ["__of_parse_phandle_with_args"],
        ["of_parse_phandle_with_optional_args"] = ["__of_parse_phandle_with_args"],
        ["device_property_read_bool"] = ["device_property_present"],
        ["device_property_read_u8"] = ["device_property_read_u8_array"],
        ["device_property_read_u16"] = ["device_property_read_u16_array"],
        ["device_property_read_u32"] = ["device_property_read_u32_array"],
        ["device_property_read_u64"] = ["device_property_read_u64_array"],
        ["fwnode_property_read_bool"] = ["fwnode_property_present"],
        ["fwnode_property_read_u8"] = ["fwnode_property_read_u8_array"],
        ["fwnode_property_read_u16"] = ["fwnode_property_read_u16_array"],
        ["fwnode_property_read_u32"] = ["fwnode_property_read_u32_array"],
        ["fwnode_property_read_u64"] = ["fwnode_property_read_u64_array"],
        ["of_dma_configure"] = ["of_dma_configure_id"],
        ["iommu_map_sgtable"] = ["iommu_map_sg"],
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>What a function calls that is only there inlined; empty for others.</summary>
    public static IReadOnlyList<string> CalleesOf(string name) => Callees.GetValueOrDefault(name, []);
}
