package dev.limpet.proxy.tracing;

import dev.limpet.model.settings.RequestIds;
import dev.limpet.model.settings.Settings;
import dev.limpet.model.settings.Tracing;
import dev.limpet.model.settings.Trust;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The marks that requests have, as the settings say it.
 *
 * @param ids null where they have none
 * @param idHeader its header in lower case, or {@code ""}
 * @param tracing null where requests are not traced
 */
public record MarkRules(@Nullable RequestIds ids, String idHeader, @Nullable Tracing tracing) {

  public static final MarkRules NONE = new MarkRules(null, "", null);

  public static MarkRules of(Settings settings) {
    return new MarkRules(
        settings.requestId().orElse(null),
        settings.requestId().map(ids -> ids.header().toLowerCase(Locale.ROOT)).orElse(""),
        settings.tracing().orElse(null));
  }

  static boolean believes(Trust trust, boolean fromProxy) {
    return switch (trust) {
      case PROXIES -> fromProxy;
      case ALWAYS -> true;
      case NEVER -> false;
    };
  }
}
