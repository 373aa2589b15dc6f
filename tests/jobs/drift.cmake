# The published schema is what weir-gen makes today. To renew it:
#   weir-gen schema > share/weir-job.schema.json
execute_process(COMMAND ${GEN} schema OUTPUT_FILE ${MADE} RESULT_VARIABLE failed)
if(failed)
  message(FATAL_ERROR "weir-gen schema: ${failed}")
endif()
execute_process(COMMAND ${CMAKE_COMMAND} -E compare_files ${MADE} ${SCHEMA}
  RESULT_VARIABLE differs)
if(differs)
  message(FATAL_ERROR "share/weir-job.schema.json is out of date: ${MADE}")
endif()
