using System.Text.Json.Serialization;

namespace KernelBuild.BuildConfigs;

/// <summary>What becomes of a variable of a build.config.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<BuildConfigFate>))]
public enum BuildConfigFate
{
    /// <summary>It is the value of an item or a property of the device.</summary>
    Taken,

    /// <summary>The project states another value, or this one.</summary>
    Overridden,

    /// <summary>It has no effect on the build.</summary>
    NotTaken,

    /// <summary>It stands in make's environment, as it does under AOSP's build.sh.</summary>
    Environment,
}
