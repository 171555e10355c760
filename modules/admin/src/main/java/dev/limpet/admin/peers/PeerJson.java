package dev.limpet.admin.peers;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.Module;
import com.fasterxml.jackson.databind.json.JsonMapper;

/**
 * JSON as nodes tell it one another: those of other versions may know more or less, and what comes
 * is no deeper and no longer than anything that a node says.
 */
public final class PeerJson {

  private PeerJson() {}

  /**
   * @param more for types of which Jackson knows nothing
   */
  public static JsonMapper mapper(Module... more) {
    return JsonMapper.builder(
            JsonFactory.builder()
                .streamReadConstraints(
                    StreamReadConstraints.builder()
                        .maxNestingDepth(20)
                        .maxNumberLength(40)
                        .maxStringLength(10_000)
                        .maxNameLength(10_000)
                        .build())
                .build())
        .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
        .addModules(more)
        .build();
  }
}
