namespace KernelBuild.BootImages.Boot;

/// <summary>What stands where the device-tree section of an image for an old bootloader would.</summary>
internal enum DeviceTreeTableForm
{
    /// <summary>Nothing that could be one.</summary>
    None,

    /// <summary>A table or tree of a known form, or one that is compressed.</summary>
    Known,

    /// <summary>Bytes of another form, which end where the field says and have zeros up to the next page.</summary>
    Unknown,
}
